"""The table, the changes made to it, and what a correct copy of it looks like."""

TABLE = "public.accounts"
# Rows and changes per transaction, so that no batch limit of anybody is met exactly.
TRANSACTION = 10_000
FIRST_EVENTS = 10_000  # of the per-event comparison; all are inserts

# About 100 bytes a row, shaped like pgbench_accounts; the filler differs per row and does not compress by repetition.
CREATE = f"""
    create table {TABLE} (aid bigint primary key, bid int not null, balance bigint not null, filler varchar(84) not null);
    create table public.finished (id int primary key);
"""

# The same four figures in Postgres and in DuckDB: rows, keys, what updates change, and every byte of the filler.
CHECKSUMS = {
    "postgres": "select count(*), count(distinct aid), sum(aid), sum(bid), sum(balance), "
                "sum(('x' || substr(md5(filler), 1, 8))::bit(32)::bigint) from {rows}",
    "duckdb": "select count(*), count(distinct aid), sum(aid), sum(bid), sum(balance), "
              "sum(('0x' || substr(md5(filler), 1, 8))::bigint) from {rows}",
}


def inserts_and_updates(events):
    """Two thirds inserts, then one third updates of random keys."""
    inserts = events * 2 // 3
    return inserts, events - inserts


def ranges(total, step):
    return [(first, min(first + step, total)) for first in range(0, total, step)]


def insert_sql(first, last):
    return f"""insert into {TABLE}
        select g, g % 100, g::bigint * 7919 % 100000, md5(g || 'a') || md5(g || 'b') || substr(md5(g || 'c'), 1, 20)
        from generate_series({first + 1}, {last}) g;"""


def update_sql(count, rows):
    """Exactly `count` different keys, spread over the whole table in no order."""
    return f"""update {TABLE} a set balance = a.balance + k.change
        from (select aid, min(change) as change
              from (select 1 + floor(random() * {rows})::bigint as aid, floor(random() * 1000)::bigint - 500 as change
                    from generate_series(1, {count * 2})) r
              group by aid order by md5(aid::text) limit {count}) k
        where a.aid = k.aid;"""


def load_sql(events):
    inserts, updates = inserts_and_updates(events)
    step = min(TRANSACTION, max(1, inserts // 50))
    statements = ["select setseed(0.42);"]
    statements += [insert_sql(first, last) for first, last in ranges(inserts, TRANSACTION)]
    statements += [update_sql(last - first, inserts) for first, last in ranges(updates, step)]
    statements.append("insert into public.finished values (1);")
    return "\n".join(statements)


def checksums(psql, rows):
    return [int(value) for value in psql(CHECKSUMS["postgres"].format(rows=rows)).split("|")]


def copied_sql(table, rows):
    """A table to be copied as a whole; hint bits are set, so that every reader finds the same pages."""
    return f"""create table {table} (like {TABLE} including all);
        {insert_sql(0, rows).replace(TABLE, table)}
        vacuum (freeze, analyze) {table};"""
