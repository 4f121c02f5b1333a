"""Tables that get other names, swap them, take those of others, move to another schema, go, and are made anew, as SQL."""

from support.random_tables import SCHEMAS, sql_name

FEWEST_TABLES = 2


class RandomNames:
    """Each change is a list of statements, of one transaction or each for itself; empty when this table cannot have it."""

    def __init__(self, rng, numbers, tables, columns):
        self.rng_, self.numbers_, self.tables_, self.columns_ = rng, numbers, tables, columns

    def change(self, table):
        changes = [self.rename, self.rename, self.swap, self.swap, self.take_name, self.make_anew, self.make_anew, self.move, self.drop]
        return self.rng_.choice(changes)(table)

    def rename(self, table):
        return [self.renamed_(table, self.tables_.free_name(table.schema, table.mode))]

    def swap(self, table):
        """Two or three tables in a circle."""
        circle = [table, *self.like_(table)][:self.rng_.choice([2, 2, 3])]
        if len(circle) < 2:
            return []
        names, aside = [one.name for one in circle], f"aside{next(self.numbers_)}"
        steps = [(names[0], aside), *zip(names[1:], names), (aside, names[-1])]
        sql = [f"alter table {sql_name(table.schema)}.{sql_name(of)} rename to {sql_name(to)};" for of, to in steps]
        for one, name in zip(circle, [names[-1], *names]):
            self.tables_.put(one, one.schema, name)
        return sql

    def take_name(self, table):
        """Of another table, which goes or gets another name before."""
        others = self.like_(table)
        if not others:
            return []
        other, name = others[0], others[0].name
        gone = self.drop(other) or self.rename(other)
        return [*gone, self.renamed_(table, name)]

    def make_anew(self, table):
        """Under the same name, with the same columns or others."""
        dropped = f"drop table {table.sql};"
        table.note_dropped()
        if self.rng_.random() < 0.6:
            self.columns_.reshape(table)
        return [dropped, self.columns_.create(table)]

    def move(self, table):
        schema = next(name for name in SCHEMAS if name != table.schema)
        if not self.tables_.is_free(schema, table.name):
            return []
        moved = f"alter table {table.sql} set schema {sql_name(schema)};"
        self.tables_.put(table, schema, table.name)
        return [moved]

    def drop(self, table):
        if len(self.tables_.now) <= FEWEST_TABLES:
            return []
        self.tables_.remove(table)
        return [f"drop table {table.sql};"]

    def like_(self, table):
        """Those that may have its name, in any order."""
        found = [one for one in self.tables_.now if one is not table and (one.schema, one.mode) == (table.schema, table.mode)]
        return self.rng_.sample(found, len(found))

    def renamed_(self, table, name):
        renamed = f"alter table {table.sql} rename to {sql_name(name)};"
        self.tables_.put(table, table.schema, name)
        return renamed
