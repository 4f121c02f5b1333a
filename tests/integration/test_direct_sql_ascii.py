"""A database in SQL_ASCII: texts are any bytes. What is no UTF-8 no DuckDB text can hold: it stands beside its column, and nothing waits for it."""

import duckdb
import psycopg
import pytest
from support.sink import wait_until
from support.verification import corrupt, found, verify

SETUP = b"create table t (id int primary key, v text, a text[], c char(5)); create table other (id int primary key)"
# Bytes that no UTF-8 has, in every place where the first and the last of a sequence's bytes can be wrong.
BROKEN = [b"\xff", b"latin \xe4", b"\x80", b"\xc0\x80", b"\xc1\xbf", b"\xe0\x9f\xbf", b"\xed\xa0\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80", b"\xf5\x80\x80\x80",
          b"\xc3", b"\xe2\x82", b"\xf0\x9f\x98", b"\xc3\xa4\xc3", b"a\nb\xfe", b"\\x61\xff"]
WHOLE = ["", "a\nb", "\\x61", "\x01\x7f", "\u0080\u07ff", "\u0800\u0fff\u1000\ucfff\ud000\ud7ff\ue000\uffff", "\U00010000\U0003ffff\U00040000\U000fffff\U00100000\U0010ffff"]


@pytest.fixture
def flow(server, flow_on):
    flow = flow_on(server, "select 1")
    server.postgres.psql(f"drop database {flow.id}", "postgres")
    server.postgres.psql(f"create database {flow.id} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0", "postgres")
    execute(flow, SETUP)
    return flow


def execute(flow, sql):
    """Bytes as they are."""
    with psycopg.connect(flow.dsn, autocommit=True) as source:
        source.execute("set client_encoding = 'SQL_ASCII'")
        done = source.pgconn.exec_(sql)
        assert not done.error_message, done.error_message


def literal(text):
    return b"'" + text.replace(b"'", b"''") + b"'"


def fill(flow, start):
    """Each text as a text, as the second element of an array, and in a char(5) where it is short."""
    for number, text in enumerate([*BROKEN, *(text.encode() for text in WHOLE)], start):
        execute(flow, b"insert into t values (%d, %s, array['first', %s], %s)" % (number, literal(text), literal(text), literal(text) if len(text) < 6 else b"null"))


def expected(flow):
    """(v, a, c) as they are to be found in the target, computed from the bytes at the source."""
    def beside(text):
        try:
            return text.decode(), None
        except UnicodeDecodeError:
            return None, "\\x" + text.hex()

    with psycopg.connect(flow.dsn, autocommit=True) as source:
        source.execute("set client_encoding = 'SQL_ASCII'")
        rows = source.execute("select id, convert_to(v, 'SQL_ASCII'), convert_to(a[2], 'SQL_ASCII'), convert_to(format('%s', a), 'SQL_ASCII'), "
                              "convert_to(format('%s', c), 'SQL_ASCII'), c is null from t").fetchall()
    for number, text, element, array, padded, no_padded in rows:
        v, a = beside(text), beside(element)[0]
        yield (number, *v, None if a is None else ["first", a], None if a is not None else beside(array)[1], *((None, None) if no_padded else beside(padded)))


def assert_whole(flow):
    with duckdb.connect(str(flow.target), read_only=True) as target:
        there = {row[0] for row in target.execute("select column_name from duckdb_columns() where schema_name = 'public' and table_name = 't'").fetchall()}
        assert {"v__exact", "a__exact", "c__exact"} <= there, there
        rows = target.execute("select id, v, v__exact, a, a__exact, c, c__exact from public.t order by id").fetchall()
    assert rows == sorted(expected(flow), key=lambda row: row[0])
    assert found(flow, "--source", flow.source_url)["t"]["rows"] == {"source": len(rows), "target": len(rows)}


def test_bytes_that_are_no_utf8_are_copied_and_followed(flow):
    fill(flow, 1)
    flow.run()
    assert_whole(flow)
    flow.start()
    fill(flow, 101)
    execute(flow, b"update t set v = '\xfe' || v where id % 3 = 0; update t set v = 'whole again' where id % 3 = 1; insert into other values (7)")
    wait_until(lambda: flow.query("select 1 from other where id = 7"), "other tables go on")
    flow.catch_up()
    assert_whole(flow)


def test_verify_sees_one_byte_and_repairs_it(flow):
    fill(flow, 1)
    flow.run()
    corrupt(flow, "update public.t set v__exact = '\\xfe' where id = 1")
    assert [row["key"] for row in found(flow, "--source", flow.source_url, code=1)["t"]["differences"]] == [{"id": "1"}]
    assert verify(flow, "--repair", "--source", flow.source_url).code == 0
    assert_whole(flow)


def test_a_key_that_is_no_utf8_names_its_table_and_the_way_out(flow):
    execute(flow, b"create table keyed (k text primary key); insert into keyed values ('fine')")
    flow.run()
    execute(flow, b"insert into keyed values ('\xff'); insert into other values (7)")
    outcome = flow.run(expect_code=1)
    assert "table public.keyed: column k: " in outcome.stderr and "--exclude 'public.keyed'" in outcome.stderr, outcome
    execute(flow, b"update keyed set k = 'mended' where k <> 'fine'")
    flow.run("--exclude", "public.keyed")
    flow.run()
    assert found(flow, "--source", flow.source_url)["keyed"]["rows"] == {"source": 2, "target": 2}
