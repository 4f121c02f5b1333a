"""Plays every type through a path and says, value by value, what differs from Postgres' own text.

One table per type with a key, whose rows go through every kind of change, told apart by their ids; one without, under
REPLICA IDENTITY FULL. Shares no code with what it checks: Postgres prints (COPY), Python's duckdb reads.
"""

import contextlib
from collections import Counter

import psycopg
from support import oracle
from support.canonical import canonical, canonical_list, parse_array

from conformance.values import PREPARE, types_on

# Kind of change → the ids of its rows; the row of the value number i is the first one + i.
SNAPSHOT, UPDATE, TOUCH, KEY, DELETE, INSERT, MOVED = 0, 1000, 2000, 3000, 5000, 4000, 3500
CHANGES = {"snapshot": SNAPSHOT, "insert": INSERT, "update": UPDATE, "untouched": TOUCH, "key change": MOVED, "delete": DELETE}
WITHOUT_KEY = "without key"
COLUMNS = (*CHANGES, WITHOUT_KEY)


class Suite:
    def __init__(self, major, without_key=True):
        self.major, self.without_key = major, without_key
        self.types = types_on(major)

    def table(self, number):
        return f"t{number:03}"

    def bag(self, number):
        return f"bag{number:03}"

    def setup(self):
        """SQL of the rows that a snapshot finds."""
        statements = [PREPARE]
        for number, kind in enumerate(self.types):
            table, bag = self.table(number), self.bag(number)
            statements.append(f"create table {table} (id int primary key, n int, v {kind.sql});")
            for place, value in enumerate(kind.values_on(self.major)):
                statements.append(f"insert into {table} values ({SNAPSHOT + place}, 0, {value});")
            statements.append(f"insert into {table} select id + first, n, v from {table}, unnest(array[{UPDATE},{TOUCH},{KEY},{DELETE}]) first;")
            if self.without_key:
                statements.append(f"create table {bag} (n int, v {kind.sql}); alter table {bag} replica identity full;"
                                  f"insert into {bag} select k, v from {table}, generate_series(1, 3) k where id < {UPDATE};")
        return "\n".join(statements)

    def stream(self):
        """SQL of the changes."""
        statements = []
        for number, kind in enumerate(self.types):
            table, bag, count = self.table(number), self.bag(number), len(kind.values_on(self.major))
            statements += [
                f"insert into {table} select id + {INSERT}, n, v from {table} where id < {UPDATE};",
                # Every value is overwritten by the next one: what stood beside a column has to go.
                f"update {table} t set v = o.v from {table} o where t.id - {UPDATE} between 0 and 999 and o.id = (t.id - {UPDATE} + 1) % {count};",
                f"update {table} set n = 1 where id - {TOUCH} between 0 and 999;",
                f"update {table} set id = id - {KEY} + {MOVED}, n = 1 where id - {KEY} between 0 and 499;",
                f"delete from {table} where id - {DELETE} between 0 and 999;"]
            if self.without_key:
                statements.append(f"update {bag} set n = 4 where n = 2; delete from {bag} where n = 1; insert into {bag} select 5, v from {bag} where n = 3;")
        return "\n".join(statements)

    def compare(self, dsn, target):
        """type → change → the values that differ, in words; empty: exact."""
        with psycopg.connect(dsn, autocommit=True) as source, oracle.open_target(target) as sink:
            source.execute(oracle.SETTINGS)
            return {kind: self.compare_type(source, sink, number, kind) for number, kind in enumerate(self.types)}

    def compare_type(self, source, sink, number, kind):
        names = list(map(shortened, kind.values_on(self.major)))
        wanted, found = (by_id(rows) for rows in self.rows_of(source, sink, self.table(number), kind))
        differing = {change: differing_values(names, wanted, found, first, 1 if change == "update" else 0) for change, first in CHANGES.items()}
        if not self.without_key:
            return differing
        bags = [Counter(rows) for rows in self.rows_of(source, sink, self.bag(number), kind)]
        differing[WITHOUT_KEY] = [] if bags[0] == bags[1] else [f"{sum((bags[0] - bags[1]).values())} rows differ"]
        return differing

    def rows_of(self, source, sink, table, kind):
        plain = [name for name in ("id", "n") if table.startswith("t") or name == "n"]
        column = oracle.Column("v", kind.canonical, kind.is_array)
        wanted = oracle.source_rows(source, "public", table, [*(oracle.Column(name, "", False) for name in plain), column], cell=lambda _, text: text)
        kinds = {}
        with contextlib.suppress(AssertionError):
            kinds = oracle.target_columns(sink, "public", table)
        if "v" not in kinds:
            return wanted.elements(), []
        exact = "v__exact" if "v__exact" in kinds else "NULL"
        found = sink.execute(f"select {', '.join(plain)}, {oracle.text_of('v', kinds['v'])}, {exact} from public.{table}").fetchall()
        as_text = kinds["v"] in ("VARCHAR", "JSON") and kind.canonical != "hstore"
        beside = {cell[-1] for cell in found if cell[-1] is not None}
        return ((*row[:-1], spelled(kind, row[-1], as_text or row[-1] in beside)) for row in wanted.elements()), (
            (*map(str, row[:-2]), spelled(kind, row[-2], as_text) if row[-1] is None else both(row[-2], row[-1])) for row in found)


def both(cell, exact):
    """What stands beside a column stands there alone."""
    return exact if cell is None else f"{cell} and beside it {exact}"


def spelled(kind, cell, as_text):
    if cell is None or as_text:
        return cell
    if not kind.is_array:
        return canonical(kind.canonical, cell)
    return canonical_list(kind.canonical, parse_array(cell, kind.delimiter) if isinstance(cell, str) else cell)


def by_id(rows):
    return {int(row[0]): row[1:] for row in rows}


def differing_values(names, wanted, found, first, shift):
    """Where the rows of one kind of change are not what they are in the source."""
    differing = []
    for place, name in enumerate(names):
        expected, is_there = wanted.get(first + place), found.get(first + place)
        if expected != is_there:
            differing.append(names[(place + shift) % len(names)] + (" is missing" if is_there is None else " is there" if expected is None else ""))
    return differing


def shortened(value):
    return value if len(value) < 60 else value[:50] + "…"
