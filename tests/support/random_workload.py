"""A seeded workload of everything at once: tables of random types, changes, key changes, unchanged TOAST, savepoints,
transactions over several tables, and DDL between and inside of them.

Only SQL is made here; the same seed makes the same SQL. Rows are picked by their content, never by their place, so that
the same SQL changes the same rows whenever it runs.
"""

import itertools
import random
from dataclasses import dataclass, field

from support.random_values import KEY_TYPES, TYPES, quoted

PRELUDE = "create type mood as enum ('sad', 'ok', 'happy ''n glad');"
MOST_COLUMNS = 12

# n -> literal: a key that no other n has.
KEY_LITERALS = {
    "integer": str,
    "bigint": lambda n: str(n * 1_000_003),
    "text": lambda n: quoted(f"key '{n}'"),
    "uuid": lambda n: f"md5('{n}')::uuid",
    "numeric(20,6)": lambda n: f"{n}.5",
    "timestamptz": lambda n: f"'2000-01-01'::timestamptz + {n} * interval '1 second'",
    "bytea": lambda n: f"int4send({n})",
}


@dataclass
class Table:
    name: str
    columns: dict  # name -> type; the key's first
    key: list
    former: set = field(default_factory=set)  # names of columns that are gone: the target may keep them

    def others(self):
        return [name for name in self.columns if name not in self.key]


class RandomWorkload:
    def __init__(self, seed):
        self.rng_ = random.Random(seed)
        self.numbers_ = itertools.count(1)
        self.tables = []

    def setup(self):
        """SQL of the first tables and their first rows."""
        return PRELUDE + "".join(self.create_table() for _ in range(self.rng_.randint(2, 4)))

    def step(self):
        """SQL of one transaction, or of one change of shape."""
        return self.change_of_shape() if self.rng_.random() < 0.12 else self.transaction()

    # --- shapes

    def create_table(self):
        rng, number = self.rng_, next(self.numbers_)
        key = {f"k{i}": rng.choice(KEY_TYPES) for i in range(rng.choice([0, 1, 1, 1, 2]))}
        columns = key | {f"c{next(self.numbers_)}": rng.choice(list(TYPES)) for _ in range(rng.randint(1, 7))}
        table = Table(rng.choice(["t{}", "T {}", "tab'le{}"]).format(number), columns, list(key))
        self.tables.append(table)
        parts = [f"{name} {type_}" for name, type_ in columns.items()]
        if key:
            parts.append(f"primary key ({', '.join(key)})")
        full = not key or rng.random() < 0.2
        return (f"create table {sql_name(table)} ({', '.join(parts)});"
                + (f"alter table {sql_name(table)} replica identity full;" if full else "")
                + self.insert(table, rng.randint(0, 60)))

    def change_of_shape(self):
        if self.rng_.random() < 0.1:
            return self.create_table()
        table = self.rng_.choice(self.tables)
        change = self.rng_.choice([self.add_column, self.add_column, self.drop_column, self.rename_column, self.widen_column])
        before = self.change_rows(table) if self.rng_.random() < 0.4 else None  # as the table is before the change
        sql = change(table)
        if not sql or before is None:
            return sql
        return f"begin; {before} {sql} {self.change_rows(table)} commit;"

    def add_column(self, table):
        if len(table.columns) >= MOST_COLUMNS:
            return ""
        type_, name = self.rng_.choice(list(TYPES)), f"c{next(self.numbers_)}"
        default = self.rng_.choice(["", "", f"default {TYPES[type_].literal(self.rng_)}"])
        if type_ == "text" and self.rng_.random() < 0.3:
            default = "default md5(random()::text)"  # each row has its own
        table.columns[name] = type_
        return f"alter table {sql_name(table)} add column {name} {type_} {default};"

    def drop_column(self, table):
        if len(table.others()) < 2:
            return ""
        name = self.rng_.choice(table.others())
        del table.columns[name]
        table.former.add(name)
        return f"alter table {sql_name(table)} drop column {name};"

    def rename_column(self, table):
        if not table.others():
            return ""
        old, new = self.rng_.choice(table.others()), f"c{next(self.numbers_)}"
        table.columns = {new if name == old else name: type_ for name, type_ in table.columns.items()}
        table.former.add(old)
        return f"alter table {sql_name(table)} rename column {old} to {new};"

    def widen_column(self, table):
        can = [name for name in table.others() if TYPES[table.columns[name]].wider]
        if not can:
            return ""
        name = self.rng_.choice(can)
        table.columns[name] = self.rng_.choice(TYPES[table.columns[name]].wider)
        return f"alter table {sql_name(table)} alter column {name} type {table.columns[name]};"

    # --- rows

    def transaction(self):
        parts = [self.change_rows(self.rng_.choice(self.tables)) for _ in range(self.rng_.randint(1, 8))]
        if self.rng_.random() < 0.2:
            place = self.rng_.randrange(len(parts))
            end = self.rng_.choice(["rollback to s;", "release s;"])
            parts[place:] = ["savepoint s;", *parts[place:], end, self.change_rows(self.rng_.choice(self.tables))]
        if self.rng_.random() < 0.05:
            return f"begin; {' '.join(parts)} rollback;"
        return f"begin; {' '.join(parts)} commit;"

    def change_rows(self, table):
        rng = self.rng_
        changes = [self.insert, self.insert, self.update, self.update, self.update, self.delete, self.change_key, self.rotate_keys]
        if rng.random() < 0.02:
            return f"truncate {sql_name(table)};"
        return rng.choice(changes)(table, rng.choice([1, 1, 2, 3, 8, 30]))

    def insert(self, table, rows):
        if not rows:
            return ""
        lines = ", ".join(f"({', '.join(self.row(table))})" for _ in range(rows))
        return f"insert into {sql_name(table)} ({', '.join(table.columns)}) values {lines};"

    def row(self, table):
        for name, type_ in table.columns.items():
            if name in table.key:
                yield self.fresh_key(type_)
            else:
                yield self.value(type_)

    def value(self, type_):
        return f"null::{type_}" if self.rng_.random() < 0.15 else f"{TYPES[type_].literal(self.rng_)}::{type_}"

    def fresh_key(self, type_):
        return KEY_LITERALS[type_](next(self.numbers_))

    def update(self, table, rows):
        changed = self.rng_.sample(table.others(), self.rng_.randint(1, min(3, len(table.others())))) if table.others() else []
        if not changed:
            return ""
        values = ", ".join(f"{name} = {self.value(table.columns[name])}" for name in changed)
        return f"update {sql_name(table)} set {values} where {self.picked(table, rows)};"

    def delete(self, table, rows):
        return f"delete from {sql_name(table)} where {self.picked(table, rows)};"

    def change_key(self, table, _):
        if not table.key:
            return ""
        name = self.rng_.choice(table.key)
        return f"update {sql_name(table)} set {name} = {self.fresh_key(table.columns[name])} where {self.picked(table, 1)};"

    def rotate_keys(self, table, _):
        """Two rows swap a key over a third one."""
        if len(table.key) != 1:
            return ""
        name = table.key[0]
        a, b, aside = (self.fresh_key(table.columns[name]) for _ in range(3))
        rows = ", ".join(f"({', '.join(cells)})" for cells in (self.row_of(table, a), self.row_of(table, b)))
        moves = " ".join(f"update {sql_name(table)} set {name} = {to} where {name} = {of};" for of, to in ((a, aside), (b, a), (aside, b)))
        return f"insert into {sql_name(table)} ({', '.join(table.columns)}) values {rows}; {moves}"

    def row_of(self, table, key):
        return [key if column in table.key else self.value(type_) for column, type_ in table.columns.items()]

    def picked(self, table, rows):
        """Of several equal rows it does not matter which is meant."""
        salt = self.rng_.randint(0, 10**6)
        name = sql_name(table)
        return f"ctid = any (array(select ctid from {name} order by md5({name}::text || '{salt}') limit {rows}))"


def sql_name(table):
    return '"' + table.name.replace('"', '""') + '"'
