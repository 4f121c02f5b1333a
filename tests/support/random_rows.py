"""Random changes of a table's rows, as SQL. Rows are picked by their content, never by their place, so that the same SQL
changes the same rows whenever it runs."""

from support.random_values import KEY_LITERALS, TYPES


class RandomRows:
    def __init__(self, rng, numbers):
        self.rng_, self.numbers_ = rng, numbers

    def change(self, table):
        rng = self.rng_
        changes = [self.insert, self.insert, self.update, self.update, self.update, self.delete, self.change_key, self.rotate_keys]
        if rng.random() < 0.02:
            return f"truncate {table.sql};"
        return rng.choice(changes)(table, rng.choice([1, 1, 2, 3, 8, 30]))

    def insert(self, table, rows):
        if not rows:
            return ""
        lines = ", ".join(f"({', '.join(self.row_(table))})" for _ in range(rows))
        return f"insert into {table.sql} ({', '.join(table.columns)}) values {lines};"

    def row_(self, table):
        for name, type_ in table.columns.items():
            if name in table.key:
                yield self.fresh_key_(type_)
            else:
                yield self.value_(type_)

    def value_(self, type_):
        return f"null::{type_}" if self.rng_.random() < 0.15 else f"{TYPES[type_].literal(self.rng_)}::{type_}"

    def fresh_key_(self, type_):
        return KEY_LITERALS[type_](next(self.numbers_))

    def update(self, table, rows):
        changed = self.rng_.sample(table.others(), self.rng_.randint(1, min(3, len(table.others())))) if table.others() else []
        if not changed:
            return ""
        values = ", ".join(f"{name} = {self.value_(table.columns[name])}" for name in changed)
        return f"update {table.sql} set {values} where {self.picked_(table, rows)};"

    def delete(self, table, rows):
        return f"delete from {table.sql} where {self.picked_(table, rows)};"

    def change_key(self, table, _):
        if not table.key:
            return ""
        name = self.rng_.choice(table.key)
        return f"update {table.sql} set {name} = {self.fresh_key_(table.columns[name])} where {self.picked_(table, 1)};"

    def rotate_keys(self, table, _):
        """Two rows swap a key over a third one."""
        if len(table.key) != 1:
            return ""
        name = table.key[0]
        a, b, aside = (self.fresh_key_(table.columns[name]) for _ in range(3))
        rows = ", ".join(f"({', '.join(cells)})" for cells in (self.row_of_(table, a), self.row_of_(table, b)))
        moves = " ".join(f"update {table.sql} set {name} = {to} where {name} = {of};" for of, to in ((a, aside), (b, a), (aside, b)))
        return f"insert into {table.sql} ({', '.join(table.columns)}) values {rows}; {moves}"

    def row_of_(self, table, key):
        return [key if column in table.key else self.value_(type_) for column, type_ in table.columns.items()]

    def picked_(self, table, rows):
        """Of several equal rows it does not matter which is meant."""
        salt = self.rng_.randint(0, 10**6)
        return f"ctid = any (array(select ctid from {table.sql} r order by md5(r::text || '{salt}') limit {rows}))"
