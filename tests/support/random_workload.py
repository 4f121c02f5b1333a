"""A seeded workload of everything at once: tables of random types, changes, key changes, unchanged TOAST, savepoints,
transactions over several tables, and DDL between and inside of them: columns and names.

Only SQL is made here; the same seed makes the same SQL.
"""

import itertools
import random

from support.random_columns import RandomColumns
from support.random_names import RandomNames
from support.random_rows import RandomRows
from support.random_tables import SCHEMAS, Tables, sql_name

PRELUDE = f"create type mood as enum ('sad', 'ok', 'happy ''n glad'); create schema {sql_name(SCHEMAS[1])};"


class RandomWorkload:
    def __init__(self, seed):
        self.rng_, numbers = random.Random(seed), itertools.count(1)
        self.tables_ = Tables(self.rng_, numbers)
        self.rows_ = RandomRows(self.rng_, numbers)
        self.columns_ = RandomColumns(self.rng_, numbers, self.tables_, self.rows_)
        self.names_ = RandomNames(self.rng_, numbers, self.tables_, self.columns_)

    @property
    def tables(self):
        return self.tables_.now

    def past(self, table):
        return self.tables_.past(table)

    def setup(self):
        """SQL of the first tables and their first rows."""
        return PRELUDE + "".join(self.columns_.new_table() for _ in range(self.rng_.randint(2, 5)))

    def step(self):
        """SQL of one transaction, or of one change of shape or name."""
        kind = self.rng_.random()
        if kind < 0.02:
            return self.columns_.new_table()
        if kind < 0.12:
            return self.definition_(lambda table: [self.columns_.change(table)])
        if kind < 0.22:
            return self.definition_(self.names_.change)
        return self.transaction_()

    def definition_(self, change):
        """In one transaction, with rows of the table before and after it or without; or each statement for itself."""
        table = self.tables_.any()
        before = self.rows_.change(table)  # as the table is before the change
        statements = change(table)
        after = self.rows_.change(table) if table in self.tables_.now else ""
        kind = self.rng_.random()
        if kind < 0.4:
            return f"begin; {before} {' '.join(statements)} {after} commit;"
        if kind < 0.7:
            return f"begin; {' '.join(statements)} commit;"
        return " ".join(f"begin; {statement} commit;" for statement in statements)

    def transaction_(self):
        parts = [self.rows_.change(self.tables_.any()) for _ in range(self.rng_.randint(1, 8))]
        if self.rng_.random() < 0.2:
            place = self.rng_.randrange(len(parts))
            end = self.rng_.choice(["rollback to s;", "release s;"])
            parts[place:] = ["savepoint s;", *parts[place:], end, self.rows_.change(self.tables_.any())]
        if self.rng_.random() < 0.05:
            return f"begin; {' '.join(parts)} rollback;"
        return f"begin; {' '.join(parts)} commit;"
