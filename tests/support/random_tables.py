"""The tables of a random workload: what the source has of each, and what stands for it in the target."""

from dataclasses import dataclass, field

# A mode is chosen by the table's name, and a table keeps it under every name that it gets (docs/modes.md).
SUFFIXES = {"mirror": "", "soft-delete": "_soft", "history": "_hist"}
MODE_FLAGS = [part for mode, suffix in SUFFIXES.items() if suffix for part in ("--table-mode", f"*{suffix}={mode}")]
SCHEMAS = ("public", "sec'ond")


@dataclass
class Past:
    """What the target may keep of former shapes of a table, or of former tables of a name."""

    columns: set = field(default_factory=set)
    keys: set = field(default_factory=set)

    def add(self, table):
        self.columns |= set(table.columns) | table.past.columns
        self.keys |= {table.typed_key} | table.past.keys


@dataclass
class Table:
    schema: str
    name: str
    mode: str
    columns: dict  # name -> type; the key's first
    key: list
    full: bool = False  # its replica identity
    past: Past = field(default_factory=Past)

    @property
    def place(self):
        return self.schema, self.name

    @property
    def sql(self):
        return ".".join(map(sql_name, self.place))

    @property
    def typed_key(self):
        return tuple((name, self.columns[name]) for name in self.key)

    def note_dropped(self):
        """Under FULL the catalog does not tell the key any more: changes that are read later are those of whole rows."""
        if self.full:
            self.past.keys.add(())

    def others(self):
        return [name for name in self.columns if name not in self.key]


class Tables:
    """Those that exist now, and the places where one has stood."""

    def __init__(self, rng, numbers):
        self.rng_, self.numbers_ = rng, numbers
        self.now = []
        self.past_ = {}  # place -> Past of all tables that have left it

    def any(self):
        return self.rng_.choice(self.now)

    def add(self, table):
        self.now.append(table)
        self.put(table, *table.place)

    def remove(self, table):
        self.now.remove(table)
        table.note_dropped()
        self.leave_(table)

    def put(self, table, schema, name):
        """The table gets another name; nobody else may have it."""
        self.leave_(table)
        table.schema, table.name = schema, name
        self.past_.setdefault(table.place, Past())

    def leave_(self, table):
        self.past_.setdefault(table.place, Past()).add(table)
        table.past = self.past(table)  # what was merged here goes with it

    def past(self, table):
        """Its own with that of its place."""
        at = self.past_[table.place]
        return Past(table.past.columns | at.columns, table.past.keys | at.keys)

    def is_free(self, schema, name):
        return (schema, name) not in {table.place for table in self.now}

    def free_name(self, schema, mode):
        """A new one or one that a table has had before."""
        suffix = SUFFIXES[mode]
        used = [name for place, name in self.past_ if place == schema and mode_of(name) == mode and self.is_free(schema, name)]
        if used and self.rng_.random() < 0.5:
            return self.rng_.choice(used)
        return self.rng_.choice(["t{}", "T {}", "tab'le{}"]).format(next(self.numbers_)) + suffix


def mode_of(name):
    return next(mode for mode in reversed(SUFFIXES) if name.endswith(SUFFIXES[mode]))


def sql_name(name):
    return '"' + name.replace('"', '""') + '"'
