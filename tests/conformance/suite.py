"""Plays every type through a path and says, value by value, what differs from Postgres' own text.

Tables with a key, whose rows go through every kind of change, told apart by their ids; and tables without, under REPLICA
IDENTITY FULL. Each has a column per type: `width` of them. Shares no code with what it checks: Postgres prints (COPY),
Python's duckdb reads.
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
    def __init__(self, major, width=1, without_key=True):
        self.major, self.without_key = major, without_key
        self.types = types_on(major)
        self.groups = groups_of(self.types, width)

    def setup(self):
        """SQL of the rows that a snapshot finds."""
        statements = [PREPARE]
        for number, group in enumerate(self.groups):
            table, bag = names_of(number)
            columns = ", ".join(f"v{place} {kind.sql}" for place, kind in enumerate(group))
            statements.append(f"create table {table} (id int primary key, n int, {columns});")
            for row in range(self.rows(group)):
                values = ", ".join(self.values(kind)[row % len(self.values(kind))] for kind in group)
                statements.append(f"insert into {table} values ({SNAPSHOT + row}, 0, {values});")
            listed = ", ".join(f"v{place}" for place in range(len(group)))
            statements.append(f"insert into {table} select id + first, n, {listed} from {table}, unnest(array[{UPDATE},{TOUCH},{KEY},{DELETE}]) first;")
            if self.without_key:
                statements.append(f"create table {bag} (n int, {columns}); alter table {bag} replica identity full;"
                                  f"insert into {bag} select k, {listed} from {table}, generate_series(1, 3) k where id < {UPDATE};")
        return "\n".join(statements)

    def stream(self):
        """SQL of the changes."""
        statements = []
        for number, group in enumerate(self.groups):
            table, bag = names_of(number)
            listed = ", ".join(f"v{place}" for place in range(len(group)))
            others = ", ".join(f"v{place} = o.v{place}" for place in range(len(group)))
            statements += [
                f"insert into {table} select id + {INSERT}, n, {listed} from {table} where id < {UPDATE};",
                # Every value is overwritten by the next one: what stood beside a column has to go.
                f"update {table} t set {others} from {table} o where t.id - {UPDATE} between 0 and 999 and o.id = (t.id - {UPDATE} + 1) % {self.rows(group)};",
                f"update {table} set n = 1 where id - {TOUCH} between 0 and 999;",
                f"update {table} set id = id - {KEY} + {MOVED}, n = 1 where id - {KEY} between 0 and 499;",
                f"delete from {table} where id - {DELETE} between 0 and 999;"]
            if self.without_key:
                statements.append(f"update {bag} set n = 4 where n = 2; delete from {bag} where n = 1; insert into {bag} select 5, {listed} from {bag} where n = 3;")
        return "\n".join(statements)

    def values(self, kind):
        return kind.values_on(self.major)

    def rows(self, group):
        return max(len(self.values(kind)) for kind in group)

    def compare(self, dsn, target):
        """type → change → the values that differ, in words; empty: exact."""
        with psycopg.connect(dsn, autocommit=True) as source, oracle.open_target(target) as sink:
            source.execute(oracle.SETTINGS)
            return {kind: self.compare_type(source, sink, number, place, kind)
                    for number, group in enumerate(self.groups) for place, kind in enumerate(group)}

    def compare_type(self, source, sink, number, place, kind):
        names = list(map(shortened, self.values(kind)))
        rows = self.rows(self.groups[number])
        table, bag = names_of(number)
        wanted, found = (by_id(rows) for rows in self.rows_of(source, sink, table, place, kind))
        differing = {change: differing_values(names, rows, wanted, found, first, 1 if change == "update" else 0) for change, first in CHANGES.items()}
        if not self.without_key:
            return differing
        bags = [Counter(rows) for rows in self.rows_of(source, sink, bag, place, kind)]
        differing[WITHOUT_KEY] = [] if bags[0] == bags[1] else [f"{sum((bags[0] - bags[1]).values())} rows differ"]
        return differing

    def rows_of(self, source, sink, table, place, kind):
        plain = ["n"] if table.startswith("bag") else ["id", "n"]
        name = f"v{place}"
        columns = [*(oracle.Column(each, "", False) for each in plain), oracle.Column(name, kind.canonical, kind.is_array)]
        wanted = list(oracle.source_rows(source, "public", table, columns, cell=lambda _, text: text).elements())
        kinds = {}
        with contextlib.suppress(AssertionError):
            kinds = oracle.target_columns(sink, "public", table)
        if name not in kinds:
            return wanted, []
        exact = f"{name}__exact" if f"{name}__exact" in kinds else "NULL"
        found = sink.execute(f"select {', '.join(plain)}, {oracle.text_of(name, kinds[name])}, {exact} from public.{table}").fetchall()
        as_text = kinds[name] in ("VARCHAR", "JSON") and kind.canonical != "hstore"
        beside = {cell[-1] for cell in found if cell[-1] is not None}
        return ([(*row[:-1], spelled(kind, row[-1], as_text or row[-1] in beside)) for row in wanted],
                [(*map(str, row[:-2]), spelled(kind, row[-2], as_text) if row[-1] is None else both(row[-2], row[-1])) for row in found])


def names_of(number):
    return f"t{number:03}", f"bag{number:03}"


def groups_of(types, width):
    """Types whose messages may go into quarantine stand alone: they would take the others with them."""
    alone = [[kind] for kind in types if width == 1 or kind.alone]
    others = [kind for kind in types if width > 1 and not kind.alone]
    return alone + [others[first:first + width] for first in range(0, len(others), width)]


def both(cell, exact):
    """What stands beside a column stands there alone."""
    return exact if cell is None else f"{cell} and beside it {exact}"


def spelled(kind, cell, as_text):
    if cell is None or as_text:
        return cell
    try:
        return spelled_by_type(kind, cell)
    except (ValueError, KeyError):
        return cell  # another type has come of it: it differs


def spelled_by_type(kind, cell):
    if not kind.is_array:
        return canonical(kind.canonical, cell)
    return canonical_list(kind.canonical, parse_array(cell, kind.delimiter) if isinstance(cell, str) else cell)


def by_id(rows):
    return {int(row[0]): row[1:] for row in rows}


def differing_values(names, rows, wanted, found, first, shift):
    """Where the rows of one kind of change are not what they are in the source."""
    differing = set()
    for row in range(rows):
        expected, is_there = wanted.get(first + row), found.get(first + row)
        if expected != is_there:
            name = names[(row + shift) % rows % len(names)]
            differing.add(name + (" is missing" if is_there is None else " is there" if expected is None else ""))
    return sorted(differing)


def shortened(value):
    return value if len(value) < 60 else value[:50] + "…"
