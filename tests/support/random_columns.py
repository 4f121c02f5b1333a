"""Random shapes of tables, and changes of their columns, as SQL."""

from support.random_tables import SCHEMAS, Table
from support.random_values import KEY_TYPES, TYPES

MOST_COLUMNS = 12
MODES = ("mirror", "mirror", "soft-delete", "history")


class RandomColumns:
    def __init__(self, rng, numbers, tables, rows):
        self.rng_, self.numbers_, self.tables_, self.rows_ = rng, numbers, tables, rows

    def new_table(self):
        """Now and then a twin: whoever takes one for the other sees it in the rows only."""
        rng = self.rng_
        mode, schema = rng.choice(MODES), rng.choice(SCHEMAS[:1] * 3 + SCHEMAS)
        twin = rng.choice(self.tables_.now) if self.tables_.now and rng.random() < 0.3 else None
        columns, key = (dict(twin.columns), list(twin.key)) if twin else self.shape_()
        table = Table(schema, self.tables_.free_name(schema, mode), mode, columns, key)
        self.tables_.add(table)
        return self.create(table)

    def create(self, table):
        parts = [f"{name} {type_}" for name, type_ in table.columns.items()]
        if table.key:
            parts.append(f"primary key ({', '.join(table.key)})")
        table.full = not table.key or self.rng_.random() < 0.2
        return (f"create table {table.sql} ({', '.join(parts)});"
                + (f"alter table {table.sql} replica identity full;" if table.full else "")
                + self.rows_.insert(table, self.rng_.randint(0, 60)))

    def shape_(self):
        key = self.key_()
        return key | self.columns_(self.rng_.randint(1, 7)), list(key)

    def key_(self):
        return {f"k{i}": self.rng_.choice(KEY_TYPES) for i in range(self.rng_.choice([0, 1, 1, 1, 2]))}

    def columns_(self, count):
        return {f"c{next(self.numbers_)}": self.rng_.choice(list(TYPES)) for _ in range(count)}

    def reshape(self, table):
        """Other columns, some with the names of before, and sometimes another key."""
        rng = self.rng_
        table.past.add(table)
        kept = {name: table.columns[name] if rng.random() < 0.8 else rng.choice(list(TYPES)) for name in table.others() if rng.random() < 0.6}
        key = self.key_() if rng.random() < 0.4 else {name: table.columns[name] for name in table.key}
        table.columns, table.key = key | kept | self.columns_(rng.randint(0 if kept else 1, 2)), list(key)

    def change(self, table):
        return self.rng_.choice([self.add_column, self.add_column, self.drop_column, self.rename_column, self.widen_column])(table)

    def add_column(self, table):
        if len(table.columns) >= MOST_COLUMNS:
            return ""
        type_, name = self.rng_.choice(list(TYPES)), f"c{next(self.numbers_)}"
        default = self.rng_.choice(["", "", f"default {TYPES[type_].literal(self.rng_)}"])
        if type_ == "text" and self.rng_.random() < 0.3:
            default = "default md5(random()::text)"  # each row has its own
        table.columns[name] = type_
        return f"alter table {table.sql} add column {name} {type_} {default};"

    def drop_column(self, table):
        if len(table.others()) < 2:
            return ""
        name = self.rng_.choice(table.others())
        del table.columns[name]
        table.past.columns.add(name)
        return f"alter table {table.sql} drop column {name};"

    def rename_column(self, table):
        if not table.others():
            return ""
        old, new = self.rng_.choice(table.others()), f"c{next(self.numbers_)}"
        table.columns = {new if name == old else name: type_ for name, type_ in table.columns.items()}
        table.past.columns.add(old)
        return f"alter table {table.sql} rename column {old} to {new};"

    def widen_column(self, table):
        can = [name for name in table.others() if TYPES[table.columns[name]].wider]
        if not can:
            return ""
        name = self.rng_.choice(can)
        table.columns[name] = self.rng_.choice(TYPES[table.columns[name]].wider)
        return f"alter table {table.sql} alter column {name} type {table.columns[name]};"
