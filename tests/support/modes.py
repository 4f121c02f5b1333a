"""What a table of the target is in each mode (docs/modes.md), checked without the loader's code.

The rows that stand for the source's are those of CURRENT; check() asks of the rest what the mode promises.
"""

CURRENT = {"mirror": "true", "soft-delete": "not _deleted", "history": "_valid_to is null"}
COLUMNS = {"mirror": set(), "soft-delete": {"_deleted", "_deleted_at"},
           "history": {"_op", "_commit_time", "_lsn", "_seq", "_valid_from", "_valid_to"}}
SHOWN = 5


def check(sink, relation, mode, columns, key, rekeyed=False):
    """`rekeyed`: what is kept from before the key was this one is not told apart by it."""
    if mode == "soft-delete":
        none(sink, f"select * from {relation} where _deleted is null or _deleted <> (_deleted_at is not null)", "a mark without time, or a time without mark")
        if key and not rekeyed:
            none(sink, f"select {listed(key)} from {relation} group by all having count(*) > 1", "a key stands twice, counting deleted rows")
    if mode == "history":
        check_versions(sink, relation)
        if rekeyed:
            open_ones_are_last(sink, relation, key)
        else:
            check_history(sink, relation, columns, key)


def check_versions(sink, relation):
    none(sink, f"select _seq from {relation} group by all having count(*) > 1", "a number of a version stands twice")
    none(sink, f"select * from {relation} where _valid_to < _valid_from or _valid_from is null or _op is null", "an interval that is none")
    none(sink, f"select * from {relation} where _op in ('delete', 'truncate') and _valid_to is distinct from _valid_from", "a deletion that is valid for a time")


def check_history(sink, relation, columns, key):
    open_by_row = folded(sink, relation, columns, key)
    rows = sink.execute(f"select {as_text(columns)} from {relation} where _valid_to is null").fetchall()
    current = sorted(repr([unsigned_zero(cell) for cell in row]) for row in rows)
    assert current == open_by_row, (f"{relation}: the versions, replayed in their order, do not give the open ones: "
                                    f"{sorted(set(current) ^ set(open_by_row))[:SHOWN]}")
    if key:
        follow_each_other(sink, relation, key)


def folded(sink, relation, columns, key):
    """All versions replayed by _seq as a reader of a log would: what stands at the end."""
    places = [columns.index(name) for name in key]
    standing = {}
    for op, *row in sink.execute(f"select _op, {as_text(columns)} from {relation} order by _seq").fetchall():
        row = [unsigned_zero(cell) for cell in row]
        where = repr([row[place] for place in places]) if key else repr(row)
        rows = standing.setdefault(where, [])
        if op == "truncate":
            standing.clear()
            continue
        if key or op == "delete":
            del rows[-1:]
        if op != "delete":
            rows.append(row)
    return sorted(repr(row) for rows in standing.values() for row in rows)


def unsigned_zero(cell):
    """DuckDB does not keep the sign."""
    return "0.0" if cell == "-0.0" else cell


def follow_each_other(sink, relation, key):
    """A closed version ends where the next one of its key, or a truncate, begins."""
    none(sink, f"""
        with versions as (select {listed(key)}, _seq, _valid_to, lead(_valid_from) over (partition by {listed(key)} order by _seq) as next
                          from {relation} where _op <> 'truncate')
        select * from versions v where _valid_to is not null and _valid_to is distinct from next
          and not exists (from {relation} d where d._seq = v._seq and d._op = 'delete')
          and not exists (from {relation} t where t._op = 'truncate' and t._seq > v._seq and t._valid_from = v._valid_to)""",
         "a version that ends where nothing begins")


def open_ones_are_last(sink, relation, key):
    if key:
        none(sink, f"""
            with versions as (select {listed(key)}, _seq, _valid_to, max(_seq) over (partition by {listed(key)}) as last from {relation} where _op <> 'truncate')
            select * from versions where _valid_to is null and _seq <> last""", "a key's last version is not the open one")


def none(sink, query, what):
    found = sink.execute(f"select columns(*)::varchar from ({query}) limit {SHOWN}").fetchall()
    assert not found, f"{what}: {found}"


def listed(names):
    return ", ".join('"' + name.replace('"', '""') + '"' for name in names)


def as_text(names):
    return ", ".join('"' + name.replace('"', '""') + '"::varchar' for name in names)
