"""Whether source and target are equal, by a route that shares no code with the sink.

Postgres prints its rows itself (COPY … TO STDOUT: each type's own output function; UTC, ISO), Python's duckdb package
reads the target's file; both are brought to one spelling per type (canonical.py) and compared as multisets. Besides:
no key stands twice in the target, the counts are equal, and a column that only the target has must be expected.
"""

import collections
from dataclasses import dataclass, field

import duckdb
import psycopg

from support import modes
from support.canonical import canonical, canonical_list, parse_array

SETTINGS = ("set datestyle = 'ISO, YMD'; set intervalstyle = postgres; set timezone = 'UTC'; set extra_float_digits = 3; "
            "set bytea_output = hex; set client_encoding = 'UTF8'; set search_path = ''")

COLUMNS = """
select a.attname, a.attnum,
       case when b.typcategory = 'A' and b.typelem <> 0 then el.typname else b.typname end,
       b.typcategory = 'A' and b.typelem <> 0
from pg_attribute a
join pg_type t on t.oid = a.atttypid
join pg_type b on b.oid = case when t.typtype = 'd' then t.typbasetype else t.oid end
left join pg_type e on e.oid = b.typelem
left join pg_type el on el.oid = case when e.typtype = 'd' then e.typbasetype else e.oid end
where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"""

# The key as pintail defines it: the replica identity's index, under FULL the primary key.
KEY = """
select array_agg(a.attname::text order by k.n)
from pg_class c
join pg_index i on i.indrelid = c.oid
  and ((c.relreplident = 'i' and i.indisreplident) or (c.relreplident in ('d', 'f') and i.indisprimary))
cross join unnest(i.indkey::int2[]) with ordinality k(attnum, n)
join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
where c.oid = %s::regclass"""

SHOWN = 5


@dataclass(frozen=True)
class Column:
    name: str
    type: str  # of the element for arrays
    is_array: bool
    target_name: str = ""


@dataclass
class Options:
    extra_columns: set = field(default_factory=set)  # may stand in the target only
    skip_columns: set = field(default_factory=set)  # not compared: what Debezium is known to destroy
    renamed: dict = field(default_factory=dict)  # source column -> target column
    mode: str = "mirror"  # what the target's table is: support/modes.py
    rekeyed: bool = False  # rows of before may have had another key, or none
    target: tuple = None  # (schema, table) in the target when it is called otherwise there


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def assert_equal(dsn, target, schema, table, options=None):
    """Raises AssertionError with the first differing rows."""
    options = options or Options()
    target_schema, target_table = options.target or (schema, table)
    with psycopg.connect(dsn, autocommit=True) as source, open_target(target) as sink:
        source.execute(SETTINGS)
        columns, key = describe(source, schema, table, options.renamed)
        columns = [column for column in columns if column.name not in options.skip_columns]
        if not has_table(sink, target_schema, target_table) and is_empty(source, schema, table):
            return 0  # a table that never had a row has no topic
        kinds = target_columns(sink, target_schema, target_table)
        check_columns(columns, kinds, options, f"{target_schema}.{target_table}")
        key_columns = [options.renamed.get(name, name) for name in key]
        current = modes.CURRENT[options.mode]
        check_keys(sink, target_schema, target_table, key_columns, current)
        modes.check(sink, f"{quoted(target_schema)}.{quoted(target_table)}", options.mode, [column.target_name for column in columns], key_columns,
                    options.rekeyed)
        wanted = source_rows(source, schema, table, columns)
        found = target_rows(sink, target_schema, target_table, columns, kinds, current)
    compare(f"{schema}.{table}", columns, key, wanted, found)
    return sum(wanted.values())


def open_target(path):
    connection = duckdb.connect(str(path), read_only=True)
    connection.execute("set timezone = 'UTC'")
    return connection


def describe(source, schema, table, renamed):
    name = f"{quoted(schema)}.{quoted(table)}"
    columns = [Column(row[0], row[2], row[3], renamed.get(row[0], row[0])) for row in source.execute(COLUMNS, (name,))]
    key = source.execute(KEY, (name,)).fetchone()[0]
    return columns, key or []


def has_table(sink, schema, table):
    return bool(sink.execute("select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]).fetchall())


def is_empty(source, schema, table):
    return source.execute(f"select not exists (select from {quoted(schema)}.{quoted(table)})").fetchone()[0]


def target_columns(sink, schema, table):
    rows = sink.execute("select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ? "
                        "order by column_index", [schema, table]).fetchall()
    if not rows:
        there = sink.execute("select schema_name || '.' || table_name from duckdb_tables() order by 1").fetchall()
        raise AssertionError(f"the target has no table {schema}.{table}; it has {', '.join(row[0] for row in there)}")
    return dict(rows)


def check_columns(columns, kinds, options, table):
    missing = [column.target_name for column in columns if column.target_name not in kinds]
    assert not missing, f"{table}: columns missing in the target: {missing}; it has {kinds}"
    known = {column.target_name for column in columns} | options.extra_columns | options.skip_columns | modes.COLUMNS[options.mode]
    known |= set(filter(None, (exact_column(column, columns, kinds) for column in columns)))
    extra = [name for name in kinds if name not in known]
    assert not extra, f"{table}: columns that only the target has: {extra}"


def exact_column(column, columns, kinds):
    """The column that holds what this one cannot (docs/types.md), where the target has one; no column of the source."""
    name = f"{column.target_name}__exact"
    return name if name in kinds and name not in {other.target_name for other in columns} else None


def check_keys(sink, schema, table, key, current="true"):
    if not key:
        return
    columns = ", ".join(quoted(name) for name in key)
    twice = sink.execute(f"select {columns}, count(*) from {quoted(schema)}.{quoted(table)} where {current} group by {columns} "
                         f"having count(*) > 1 limit {SHOWN}").fetchall()
    assert not twice, f"{schema}.{table}: keys that stand more than once (key…, count): {twice}"


def source_rows(source, schema, table, columns, cell=None):
    """`cell`: what becomes of a column's text; the default is one spelling per type."""
    spell = cell or source_cell
    rows = collections.Counter()
    selected = ", ".join(quoted(column.name) for column in columns)
    name = f"{quoted(schema)}.{quoted(table)}"
    # A partitioned table's rows are its partitions'; a parent by INHERITS and its children are tables of their own.
    only = "" if source.execute("select relkind = 'p' from pg_class where oid = %s::regclass", (name,)).fetchone()[0] else "only "
    with source.cursor().copy(f"copy (select {selected} from {only}{name}) to stdout") as copy:
        rest = b""
        for part in copy:
            *lines, rest = (rest + bytes(part)).split(b"\n")
            for line in lines:
                cells = line.decode().split("\t") if columns else []
                rows[tuple(spell(c, unescape(text)) for c, text in zip(columns, cells))] += 1
    return rows


ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def unescape(cell):
    """COPY's text format."""
    if cell == "\\N":
        return None
    if "\\" not in cell:
        return cell
    out, characters = [], iter(cell)
    for character in characters:
        if character == "\\":
            character = next(characters)
            character = ESCAPES.get(character, character)
        out.append(character)
    return "".join(out)


def source_cell(column, text):
    if column.is_array and text is not None:
        return canonical_list(column.type, parse_array(text))
    return canonical(column.type, text)


def target_rows(sink, schema, table, columns, kinds, current="true"):
    selected = [text_of(quoted(column.target_name), kinds[column.target_name]) for column in columns]
    beside = {place: exact_column(column, columns, kinds) for place, column in enumerate(columns)}
    beside = {place: name for place, name in beside.items() if name}
    cursor = sink.execute(f"select {', '.join([*selected, *map(quoted, beside.values())])} from {quoted(schema)}.{quoted(table)} where {current}")
    rows = collections.Counter()
    while chunk := cursor.fetchmany(10_000):
        for row in chunk:
            cells = [target_cell(c, cell) for c, cell in zip(columns, row)]
            for place, exact in zip(beside, row[len(columns):]):
                if exact is not None:
                    assert cells[place] is None, f"{schema}.{table}: {columns[place].name} has a value and another beside it"
                    cells[place] = source_cell(columns[place], exact)
            rows[tuple(cells)] += 1
    return rows


def text_of(expression, kind):
    """An expression that gives DuckDB's own text, element by element for lists."""
    if kind.endswith("[]"):
        return f"list_transform({expression}, lambda x: {text_of('x', kind[:-2])})"
    if kind == "BLOB":
        return f"lower(hex({expression}))"
    if kind == "TIMESTAMP WITH TIME ZONE":
        # DuckDB prints the years near its end a millisecond late, the stored microseconds are right.
        return (f"case when isfinite({expression}) then cast(make_timestamp(epoch_us({expression})) as varchar) || '+00' "
                f"else cast({expression} as varchar) end")
    return f"cast({expression} as varchar)"


def target_cell(column, cell):
    if cell is None:
        return None
    if column.is_array:
        # An array without a list of its own is kept as Postgres prints it.
        return canonical_list(column.type, parse_array(cell) if isinstance(cell, str) else cell)
    return canonical(column.type, cell)


def compare(name, columns, key, wanted, found):
    if wanted == found:
        return
    names = [column.name for column in columns]
    missing, surplus = wanted - found, found - wanted
    text = [f"{name} differs: {sum(wanted.values())} rows in the source, {sum(found.values())} in the target; "
            f"{sum(missing.values())} rows missing in the target, {sum(surplus.values())} too many"]
    text += differing_cells(names, key, missing, surplus)
    text += [f"  missing: {shown(names, row)}" for row in list(missing)[:SHOWN]]
    text += [f"  surplus: {shown(names, row)}" for row in list(surplus)[:SHOWN]]
    raise AssertionError("\n".join(text))


def differing_cells(names, key, missing, surplus):
    """For rows with the same key: the cells that differ."""
    places = [names.index(part) for part in key if part in names]
    if not places:
        return []
    by_key = {tuple(row[p] for p in places): row for row in surplus}
    lines = []
    for row in missing:
        other = by_key.get(tuple(row[p] for p in places))
        if other and len(lines) < SHOWN:
            cells = [f"{n}: {short(a)} became {short(b)}" for n, a, b in zip(names, row, other) if a != b]
            lines.append(f"  key {tuple(row[p] for p in places)}: {'; '.join(cells)}")
    return lines


def shown(names, row):
    return ", ".join(f"{name}={short(cell)}" for name, cell in zip(names, row))


def short(cell):
    text = repr(cell)
    return text if len(text) < 120 else f"{text[:100]}… ({len(text)} characters)"
