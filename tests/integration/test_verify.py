"""`pintail verify`: source and target at one place of the stream while both live; and --repair."""

import contextlib
import json
import re
import signal
import threading

import psycopg
import pytest
from support import oracle
from support.sink import RunningSink, run_pintail, wait_until
from support.transfers import Transfers, filled, held_copy
from support.verification import corrupt, found, start, verify


def assert_equal(flow, *tables):
    flow.catch_up()
    for table in tables:
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


def one_byte_in(direct, rows, seed):
    """One byte of one cell of a table is flipped; verify finds that and nothing else while changes stream, and repairs it."""
    direct.psql(filled("a", 1000) + filled("c", 1000)
                + f"create table b (id bigint primary key, v bigint, note text, at timestamptz, price numeric(12,2));"
                  f"insert into b select i, 1000, 'note ' || i, '2024-01-01'::timestamptz + i * interval '1 s', i / 100.0 from generate_series(1, {rows}) i")
    direct.run()
    victim = rows // 2 + 77
    corrupt(direct, f"update public.b set note = 'nota ' || id where id = {victim}")
    start(direct, "b")
    with Transfers(direct.dsn, ("a", "b", "c"), 1000, seed) as transfers:
        wait_until(lambda: transfers.committed > 20, "transfers go on")
        tables = found(direct, code=1)
        assert tables["a"]["result"] == tables["c"]["result"] == "equal"
        assert tables["b"]["differences"] == [{"difference": "different", "key": {"id": str(victim)}, "columns": [{"column": "note"}]}]
        assert (tables["b"]["missing"], tables["b"]["extra"], tables["b"]["different"]) == (0, 0, 1)
        assert tables["b"]["rows"] == {"source": rows, "target": rows}
        repaired = found(direct, "--repair")
        assert set(repaired) == {"a", "b", "c"} and repaired["b"]["result"] == "equal"
        assert found(direct)["b"]["result"] == "equal"
        assert transfers.committed > 50
    print(f"{rows} rows: {tables['b']['seconds']} s")
    assert_equal(direct, "a", "b", "c")


def test_one_flipped_byte(direct, seed):
    one_byte_in(direct, 50_000, seed)


@pytest.mark.long
def test_one_flipped_byte_in_a_million_rows(direct, seed):
    one_byte_in(direct, 1_000_000, seed)


def test_it_stands_at_one_place_whatever_runs(direct, seed):
    """Transactions of several sessions over several tables, big and small, some of them open for long: never a false alarm."""
    tables = ("a", "b", "c")
    direct.psql("".join(filled(table, 500) for table in tables))
    start(direct, "a", "--batch-rows", "50")
    with contextlib.ExitStack() as stack:
        long = stack.enter_context(psycopg.connect(direct.dsn))
        for session in range(3):
            stack.enter_context(Transfers(direct.dsn, tables, 500, seed + session, pause=0.002))
        for number in range(12):
            long.execute("update a set v = v + 1 where id %% 50 = %s", (number,))
            report = found(direct)
            assert {report[table]["result"] for table in tables} == {"equal"}
            if number % 3 == 2:
                long.commit()
    assert_equal(direct, *tables)


def test_an_idle_source(direct):
    direct.psql(filled("a", 10))
    start(direct, "a")
    for _ in range(3):
        assert found(direct)["a"]["result"] == "equal"
    direct.stop()


def test_missing_extra_and_different_rows(direct):
    direct.psql("""create table k (name text, n int, v float8, primary key (name, n));
                   insert into k select repeat('é, "''', i % 5) || i, i, i / 3.0 from generate_series(1, 3000) i""")
    direct.run()
    corrupt(direct, "delete from public.k where n in (5, 6)", "update public.k set v = v + 1e-12 where n = 7", "update public.k set n = -8 where n = 8",
            "insert into public.k select * from public.k where n = 9")
    start(direct, "k")
    report = found(direct, "k", code=1)["k"]
    by_n = {row["key"]["n"]: row for row in report["differences"]}
    assert {n: row["difference"] for n, row in by_n.items()} == {"5": "missing", "6": "missing", "7": "different", "8": "missing", "-8": "extra", "9": "extra"}
    assert by_n["7"]["columns"] == [{"column": "v"}]
    with_values = {row["key"]["n"]: row for row in found(direct, "--values", "k", code=1)["k"]["differences"]}
    assert with_values["7"]["columns"][0]["source"] == "2.3333333333333335"
    text = verify(direct, "k")
    assert text.code == 1 and "public.k: 3 missing, 2 extra, 1 different; 3000 rows in the source, 2999 in the target" in text.stdout, text
    assert found(direct, "--repair")["k"]["result"] == "equal"
    assert_equal(direct, "k")


def test_more_rows_than_are_shown(direct):
    direct.psql(filled("a", 1000))
    direct.run()
    corrupt(direct, "delete from public.a where id <= 140")
    start(direct, "a")
    text = verify(direct).stdout.splitlines()
    assert text[0].startswith("1 table as of ") and "140 missing" in text[1] and text[-1] == "  and 40 more" and len(text) == 103, text


def test_a_table_without_key_is_a_multiset(direct):
    direct.psql("create table bag (v int, note text); alter table bag replica identity full;"
                "insert into bag select i % 100, case when i % 7 > 0 then 'note' end from generate_series(1, 1000) i")
    direct.run()
    corrupt(direct, "delete from public.bag where rowid in (select min(rowid) from public.bag where v = 3)", "insert into public.bag values (4, 'note'), (4, 'note')")
    start(direct, "bag")
    report = found(direct, code=1)["bag"]
    assert (report["missing"], report["extra"], report["different"]) == (1, 2, 0)
    text = verify(direct).stdout.splitlines()
    assert "1 missing, 2 extra" in text[1] and text[2:] == ["  the table has no key by which rows could be named"], text
    assert found(direct, "--repair")["bag"]["result"] == "equal"
    assert_equal(direct, "bag")


def test_rows_change_while_they_are_repaired(direct, seed):
    """What is put into the target is as of the commit at which it stands: nothing later is overwritten, nothing earlier comes back."""
    tables = ("a", "b", "c")
    direct.psql("".join(filled(table, 2000) for table in tables))
    direct.run()
    for number in range(4):
        corrupt(direct, f"update public.a set v = v - 1 where id % 3 = {number % 3}", "delete from public.b where id > 1500", "insert into public.c values (-1, 0, 'x')")
        start(direct, "a", "--batch-rows", "100")
        # Before the transfers: they put some of the rows right on their way.
        assert found(direct, code=1)["a"]["different"] > 600
        with Transfers(direct.dsn, tables, 2000, seed + number), Transfers(direct.dsn, tables, 2000, seed + 100 + number):
            assert found(direct, code=1)["a"]["different"] > 0
            found(direct, "--repair")
            found(direct)
        assert_equal(direct, *tables)


def test_while_a_table_is_copied_it_waits(direct):
    direct.psql("create table other (id int primary key); insert into other values (0)")
    start(direct, "other", "--batch-rows", "500", "--snapshot-jobs", "1")
    direct.psql(filled("big", 40_000) + filled("last", 10))
    outcomes = []
    with held_copy(direct, "big", "last"):
        asking = threading.Thread(target=lambda: outcomes.append(found(direct)))
        asking.start()
        asking.join(2)
        assert asking.is_alive(), outcomes
    asking.join(120)
    assert {table: report["result"] for table, report in outcomes[0].items()} == {"other": "equal", "big": "equal", "last": "equal"}
    direct.stop()


def test_what_is_refused(direct):
    direct.psql(filled("a", 10))
    start(direct, "a")
    unknown = verify(direct, "nosuch")
    assert unknown.code == 2 and "table public.nosuch is not in the target" in unknown.stderr, unknown
    assert found(direct)["a"]["result"] == "equal"
    direct.stop()


def test_without_a_running_pintail_it_is_one_for_so_long(direct):
    direct.psql(filled("a", 1000))
    direct.run()
    corrupt(direct, "update public.a set v = -1 where id = 5")
    direct.psql("insert into a values (2000, 1, 'not there yet')")
    asked = direct.arguments("--json", command="verify")
    outcome = run_pintail(*asked, cwd=direct.folder)
    assert outcome.code == 1, outcome
    report = next(event for event in json.loads(outcome.stdout)["events"] if event["event"] == "table")
    assert [row["key"] for row in report["differences"]] == [{"id": "5"}] and report["rows"] == {"source": 1001, "target": 1001}
    repaired = run_pintail(*asked, "--repair", cwd=direct.folder)
    assert repaired.code == 0, repaired
    oracle.assert_equal(direct.dsn, direct.target, "public", "a")
    away = run_pintail(*direct.arguments(command="verify", source="postgres://nobody@127.0.0.1:1/none"), cwd=direct.folder)
    assert away.code == 1 and "127.0.0.1" in away.stderr, away


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["interrupt", "terminate"])
def test_it_can_be_stopped_before_it_is_answered(direct, number):
    """Without a running pintail it is one itself: once that has stopped, nobody answers what it has asked for."""
    direct.psql("create table t (id int primary key)")
    direct.run()
    with psycopg.connect(direct.dsn) as holder:
        direct.psql("create table later (id int primary key); insert into later values (1)")
        holder.execute("lock table later in access exclusive mode")  # the stream has to come to this transaction's end first
        asked = RunningSink(direct.arguments("t", command="verify"), direct.folder, "verify")
        asked.wait_for_log("table public.later is locked by somebody")
        asked.process.send_signal(number)
    assert asked.process.wait(timeout=60) == 1, asked.log
    assert "pintail is stopping" in asked.log
    start(direct, "t")
    assert set(found(direct)) == {"t", "later"}


def test_odd_names(direct):
    """Columns that are called as if they stood beside others."""
    direct.psql("""create table " " (v__exact text primary key); insert into " " values ('a');
                   create table t (id int primary key, v numeric(4,2), v__exact text); insert into t values (1, 1.5, 'mine'), (2, 'NaN', 'mine')""")
    direct.run()
    start(direct, "t")
    assert {name: table["result"] for name, table in found(direct).items()} == {" ": "equal", "t": "equal"}


def test_a_key_that_stands_beside_its_column(direct):
    """Of a column that became the key later: a row that only the target has is told by that text."""
    direct.psql("create table t (id int primary key, k numeric(4,2) not null, v int); insert into t values (1, 1.5, 1), (2, 'NaN', 2)")
    direct.run()
    for sql in ("delete from t where id = 2", "alter table t drop constraint t_pkey, add primary key (k)"):
        direct.psql(sql)
        direct.run()
    corrupt(direct, "insert into public.t (id, k__exact, v) values (3, 'NaN', 3)")
    start(direct, "t")
    assert [(row["difference"], row["key"]) for row in found(direct, code=1)["t"]["differences"]] == [("extra", {"k": "NaN"})]


def test_tables_behind_rows_that_are_too_large_are_compared(direct):
    """DuckDB ends the reader's transaction where it runs out of memory."""
    direct.psql("create table big (id int primary key, b bytea, t text, j jsonb); create table zz (id int primary key, v int); "
                "insert into big select 1, decode(repeat('00ff275c', 12500000), 'hex'), repeat('é', 10000000), "
                "(select jsonb_object_agg(g, repeat('x', 1000)) from generate_series(1, 5000) g); "
                "insert into big values (2, null, null, null); insert into zz values (1, 1), (2, 2)")
    direct.run()
    corrupt(direct, "update public.zz set v = 3 where id = 2")
    start(direct, "zz")
    direct.psql("update big set id = -id")
    direct.psql("update big set t = 'x' || t where id = -1")
    tables = found(direct, code=1)
    assert tables["big"]["result"] == "not compared" and "--memory-limit" in tables["big"]["why"], tables["big"]
    assert "--batch-rows" not in tables["big"]["why"]
    assert [row["key"] for row in tables["zz"]["differences"]] == [{"id": "2"}]
    direct.stop()
    start(direct, "zz", "--memory-limit", "2GiB")
    assert found(direct, "--repair")["big"]["result"] == "equal"


def test_names_that_differ_by_case(direct):
    """DuckDB tells none of them apart: they have other names in the target, and one schema there has the other's spelling."""
    direct.psql("""create table "Foo" (id int primary key, "A" int, a int); insert into "Foo" values (1, 2, 3);
                   create table foo (id int primary key, x text); insert into foo values (1, 'x'); create schema "Public";
                   create table "Public".foo (id int primary key, y int); insert into "Public".foo values (1, 2);
                   create schema "pintail"; create table pintail.tables (id int primary key); insert into pintail.tables values (1)""")
    log = direct.run().stderr
    for said in ("table pintail.tables is called pintail_2.tables in the target", "table public.Foo: column a is called a_2 in the target"):
        assert said in log, log
    assert len(re.findall(r"table (?:public.Foo|public.foo|Public.foo) is called \S+ in the target", log)) >= 2, log
    start(direct, "pintail_2.tables")
    tables = found(direct)
    assert {name: (table["result"], table["rows"]["source"]) for name, table in tables.items()} == {
        name: ("equal", 1) for name in ("Foo", "foo", "Public.foo", "pintail.tables")}, tables
    direct.stop()
    target = next(row for row in json.loads(run_pintail("status", "--json", "--target", str(direct.target), cwd=direct.folder).stdout)["tables"]
                  if row["source_table"] == "public.Foo")["target_table"]
    schema, table = target.split(".")
    corrupt(direct, f'update "{schema}"."{table}" set a_2 = 4')
    start(direct, "pintail_2.tables")
    assert {name for name, table in found(direct, code=1).items() if table["result"] != "equal"} == {"Foo"}
