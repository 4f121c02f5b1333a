"""Plays every type through a path and says, value by value, what differs from Postgres' own text.

Tables with a key, whose rows go through every kind of change, told apart by their ids; and tables without, under REPLICA
IDENTITY FULL. Each has a column per type: `width` of them. Shares no code with what it checks: Postgres prints (COPY),
Python's duckdb reads.
"""

import base64
import contextlib
import re
from collections import Counter

import psycopg
from support import oracle
from support.canonical import canonical, canonical_list, parse_array

from conformance.values import PREPARE, types_on

# Kind of change → the ids of its rows; the row of the value number i is the first one + i.
SNAPSHOT, UPDATE, TOUCH, KEY, DELETE, INSERT, MOVED = 0, 1000, 2000, 3000, 5000, 4000, 3500
CHANGES = {"snapshot": SNAPSHOT, "insert": INSERT, "update": UPDATE, "untouched": TOUCH, "key change": MOVED, "delete": DELETE}
WITHOUT_KEY = "without key"
UPDATED = 2  # n of the rows of UPDATE, to know those that were not
COLUMNS = (*CHANGES, WITHOUT_KEY)

# What becomes of a value that does not arrive; the last four have it in another form.
NO_ROW, LEFT_OVER, NULL, NO_COLUMN, DIFFERENT = "quarantine", "not deleted", "NULL", "no column", "changed"
AS_BOOLEAN, AS_BLOB, AS_DIGITS, AS_JSON = "as BOOLEAN", "as BLOB of its text", "as base64 or hex", "as JSON"


class Suite:
    def __init__(self, major, width=1, without_key=True, left_out=()):
        """`left_out`: (type, value) that the path does not survive."""
        self.major, self.without_key, self.left_out = major, without_key, set(left_out)
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
                f"update {table} t set n = {UPDATED}, {others} from {table} o where t.id - {UPDATE} between 0 and 999 and o.id = (t.id - {UPDATE} + 1) % {self.rows(group)};",
                f"update {table} set n = 1 where id - {TOUCH} between 0 and 999;",
                f"update {table} set id = id - {KEY} + {MOVED}, n = 1 where id - {KEY} between 0 and 499;",
                f"delete from {table} where id - {DELETE} between 0 and 999;"]
            if self.without_key:
                statements.append(f"update {bag} set n = 4 where n = 2; delete from {bag} where n = 1; insert into {bag} select 5, {listed} from {bag} where n = 3;")
        return "\n".join(statements)

    def values(self, kind):
        return [value for value in kind.values_on(self.major) if (kind.sql, value) not in self.left_out]

    def names(self, kind):
        return list(map(shortened, self.values(kind)))

    def rows(self, group):
        return max(len(self.values(kind)) for kind in group)

    def compare(self, dsn, target):
        """type → change → the values that differ → what became of each, in words; empty: exact."""
        with psycopg.connect(dsn, autocommit=True) as source, oracle.open_target(target) as sink:
            source.execute(oracle.SETTINGS)
            return {kind: self.compare_type(source, sink, number, place, kind)
                    for number, group in enumerate(self.groups) for place, kind in enumerate(group)}

    def compare_type(self, source, sink, number, place, kind):
        names = self.names(kind)
        rows = self.rows(self.groups[number])
        table, bag = names_of(number)
        kinds = target_columns(sink, table)
        if kinds and f"v{place}" not in kinds:
            return {change: dict.fromkeys(names, NO_COLUMN) for change in COLUMNS}
        column = kinds.get(f"v{place}", "")
        wanted, found = (by_id(rows) for rows in self.rows_of(source, sink, table, place, kind))
        differing = {change: differing_values(names, rows, wanted, found, first, column) for change, first in CHANGES.items()}
        if not self.without_key:
            return differing
        bags = [Counter(rows) for rows in self.rows_of(source, sink, bag, place, kind)]
        differing[WITHOUT_KEY] = {} if bags[0] == bags[1] else {f"{sum((bags[0] - bags[1]).values())} rows": DIFFERENT}
        return differing

    def rows_of(self, source, sink, table, place, kind):
        plain = ["n"] if table.startswith("bag") else ["id", "n"]
        name = f"v{place}"
        columns = [*(oracle.Column(each, "", False) for each in plain), oracle.Column(name, kind.canonical, kind.is_array)]
        wanted = list(oracle.source_rows(source, "public", table, columns, cell=lambda _, text: text).elements())
        kinds = target_columns(sink, table)
        if name not in kinds:
            return wanted, []
        exact = f"{name}__exact" if f"{name}__exact" in kinds else "NULL"
        found = sink.execute(f"select {', '.join(plain)}, {oracle.text_of(name, kinds[name])}, {exact} from public.{table}").fetchall()
        as_text = kinds[name] in ("VARCHAR", "JSON") and kind.canonical not in ("hstore", "money")
        beside = {cell[-1] for cell in found if cell[-1] is not None}
        return ([(*row[:-1], spelled(kind, row[-1], as_text or row[-1] in beside)) for row in wanted],
                [(*map(str, row[:-2]), spelled(kind, row[-2], as_text) if row[-1] is None else both(row[-2], row[-1])) for row in found])


def target_columns(sink, table):
    """Empty: there is no such table."""
    with contextlib.suppress(AssertionError):
        return oracle.target_columns(sink, "public", table)
    return {}


def names_of(number):
    return f"t{number:03}", f"bag{number:03}"


def groups_of(types, width):
    """Types whose rows may not be what they were stand alone: they would take the others with them, into quarantine or, without a
    key, in the search for an equal row."""
    alone = [[kind] for kind in types if width == 1 or kind.alone]
    others = [kind for kind in types if width > 1 and not kind.alone]
    return alone + [others[first:first + width] for first in range(0, len(others), width)]


def both(cell, exact):
    """What stands beside a column stands there alone."""
    return exact if cell is None else f"{cell} and beside it {exact}"


def spelled(kind, cell, as_text):
    if isinstance(cell, list) and not kind.is_array:
        return repr(cell)
    if cell is None or as_text:
        return cell
    try:
        return spelled_by_type(kind, cell)
    except (ArithmeticError, LookupError, ValueError):
        return repr(cell)  # another type has come of it: it differs


def spelled_by_type(kind, cell):
    if not kind.is_array:
        return canonical(kind.canonical, cell)
    if isinstance(cell, list):
        return ("", canonical_list(kind.canonical, cell))
    return (cell[:cell.index("{")], canonical_list(kind.canonical, parse_array(cell, kind.delimiter)))


def by_id(rows):
    return {int(row[0]): row[1:] for row in rows}


def differing_values(names, rows, wanted, found, first, column):
    """Value → what became of it, where the rows of one kind of change are not what they are in the source."""
    shift = 1 if first == UPDATE else 0
    differing = {}
    for row in range(rows):
        expected, is_there = wanted.get(first + row), found.get(first + row)
        if expected == is_there or (shift and is_there is None and SNAPSHOT + row not in found):
            continue  # equal, or the update waits behind the snapshot's row, which is named there
        not_updated = shift and is_there and is_there[0] != str(UPDATED)
        differing[names[(row + shift) % rows % len(names)]] = NO_ROW if not_updated else outcome(expected, is_there, column)
    return differing


def outcome(expected, found, column):
    """`column`: its type in the target."""
    if found is None:
        return NO_ROW
    if expected is None:
        return LEFT_OVER
    return NULL if found[-1] is None else other_form(expected[-1], found[-1], column)


def other_form(expected, found, column):
    if column == "BOOLEAN" and {"0": "false", "1": "true"}.get(expected) == found:
        return AS_BOOLEAN
    if column.startswith("BLOB") and text_of_bytes(found) == expected:
        return AS_BLOB
    if column == "VARCHAR" and (expected == f"\\x{found}" or is_base64_of(found, expected)):
        return AS_DIGITS
    return AS_JSON if column == "JSON" else DIFFERENT


def is_base64_of(text, expected):
    """Of a text, or of bytes that Postgres prints as hex digits."""
    try:
        content = base64.urlsafe_b64decode(text)
    except ValueError:
        return False
    return expected in (content.decode(errors="replace"), content.hex(), f"\\x{content.hex()}")


def text_of_bytes(cell):
    """As DuckDB prints a BLOB, or a list of them."""
    if isinstance(cell, tuple):
        return tuple(map(text_of_bytes, cell))
    return bytes.fromhex(cell).decode(errors="replace") if isinstance(cell, str) and re.fullmatch("([0-9a-f]{2})+", cell) else cell


def shortened(value):
    return value if len(value) < 60 else value[:50] + "…"
