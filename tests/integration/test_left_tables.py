"""Tables of the target that the run follows no more: dropped at the source, or left out; and `pintail forget`."""

import json

import duckdb
import pytest
from support import oracle
from support.sink import run_pintail, wait_until
from support.verification import found, start, verify

SETUP = "".join(f"create table {table} (id int primary key, v text); insert into {table} values (1, '{table}'); " for table in ("kept", "left_out", "other"))
EXCLUDED = ("--exclude", "public.left_out")


def why(flow, table="left_out"):
    return flow.status_of(f"public.{table}")["not_followed"]


def rows(flow, table):
    with duckdb.connect(str(flow.target), read_only=True) as target:
        return target.execute(f"select id, v from public.{table} order by 1").fetchall()


def forget(flow, *tables):
    return run_pintail("forget", *tables, "--target", str(flow.target), cwd=flow.folder)


def test_a_table_that_is_left_out_later_stands_still_and_comes_back_whole(direct):
    direct.psql(SETUP)
    direct.run()
    direct.psql("update left_out set v = 'missed'; insert into kept values (2, 'seen')")
    said = direct.run(*EXCLUDED).stderr
    assert "table public.left_out is left out by --tables and --exclude" in said
    assert "left out" in why(direct) and why(direct, "kept") is None
    assert rows(direct, "left_out") == [(1, "left_out")] and rows(direct, "kept")[1] == (2, "seen")
    direct.psql("insert into left_out values (2, 'missed, too')")
    assert "is left out" not in direct.run(*EXCLUDED).stderr, "once is enough"
    history = "select count(*) from pintail.schema_history where change = 'snapshot due'"
    with duckdb.connect(str(direct.target), read_only=True) as target:
        assert target.execute(history).fetchone() == (1,)
    direct.run()
    assert why(direct) is None
    oracle.assert_equal(direct.dsn, direct.target, "public", "left_out")


def test_left_out_by_fewer_tables_and_in_the_live_run(direct):
    direct.psql(SETUP)
    direct.run()
    start(direct, "kept", "--tables", "public.kept")
    direct.psql("insert into other values (2, 'missed'); insert into kept values (2, 'seen')")
    wait_until(lambda: direct.query("select 1 from kept where id = 2"), "others go on")
    assert "left out" in why(direct, "other")
    resync = run_pintail("resync", "other", "--target", str(direct.target), cwd=direct.folder)
    assert resync.code == 2 and "is left out by --tables and --exclude" in resync.stderr, resync
    tables = found(direct)
    assert tables["other"]["result"] == tables["left_out"]["result"] == "not followed" and tables["kept"]["result"] == "equal"
    direct.stop()
    direct.run()
    oracle.assert_equal(direct.dsn, direct.target, "public", "other")


def test_the_dry_run_tells_of_it(direct):
    direct.psql(SETUP)
    direct.run()
    outcome = run_pintail(*direct.arguments("--dry-run", *EXCLUDED), cwd=direct.folder)
    assert outcome.code == 0 and "notice: table public.left_out is left out" in outcome.stdout, outcome


def test_verify_beside_no_run_leaves_nothing_out(direct):
    """Its --tables say what to compare with, and are no reason to copy all others again."""
    direct.psql(SETUP)
    direct.run()
    outcome = run_pintail(*direct.arguments("--tables", "public.kept", command="verify"), cwd=direct.folder)
    assert outcome.code == 0, outcome
    assert why(direct) is None


def test_a_table_that_was_dropped_is_no_difference(direct):
    direct.psql(SETUP)
    direct.run()
    direct.psql("drop table left_out")
    direct.run()
    start(direct, "kept")
    outcome = verify(direct)
    assert outcome.code == 0 and "public.left_out: dropped at the source: kept in the target, not compared" in outcome.stdout, outcome
    assert verify(direct, "kept").code == 0
    named = verify(direct, "left_out")
    assert named.code == 1 and "dropped at the source" in named.stdout, named


def test_one_that_the_run_has_not_missed_yet_is_one(direct):
    """A renamed table looks like it until the run has seen it: within ten seconds."""
    direct.psql(SETUP)
    start(direct, "kept")
    direct.psql("alter table left_out rename to renamed")
    outcome = verify(direct)
    assert "dropped at the source" not in outcome.stdout, outcome
    assert outcome.code == 1 and "public.left_out: not compared" in outcome.stdout or "public.renamed: equal" in outcome.stdout, outcome


def status(flow):
    return json.loads(run_pintail("status", "--json", "--target", str(flow.target), cwd=flow.folder).stdout)["tables"]


@pytest.mark.parametrize("live", [False, True], ids=["at_rest", "live"])
def test_forgotten(direct, live):
    direct.psql(SETUP)
    direct.run()
    direct.psql("drop table left_out")
    direct.run(*("--exclude", "public.other"))
    if live:
        start(direct, "kept", "--exclude", "public.other")
    followed = forget(direct, "left_out", "kept")
    assert followed.code == 2 and "table public.kept is followed" in followed.stderr and "--exclude public.kept" in followed.stderr, followed
    absent = forget(direct, "nosuch")
    assert absent.code == 2 and "public.nosuch is not in the target" in absent.stderr, absent
    assert len(status(direct)) == 3, "one of them is followed, and none goes"
    outcome = forget(direct, "left_out", "public.other")
    assert outcome.code == 0 and "public.left_out: forgotten" in outcome.stdout, outcome
    assert [table["source_table"] for table in status(direct)] == ["public.kept"]
    if live:
        assert direct.query("select 1 from left_out") is None
        direct.psql("create table left_out (id int primary key, w int); insert into left_out values (7, 7)")
        wait_until(lambda: direct.query("select 1 from left_out where w = 7"), "a new table of the name is followed")
        direct.stop()
    direct.run()
    for table in ("kept", "other", *(["left_out"] if live else [])):
        oracle.assert_equal(direct.dsn, direct.target, "public", table)


def test_a_copy_that_was_due_of_a_table_that_went(direct):
    direct.psql(SETUP)
    direct.run()
    direct.run(*EXCLUDED)
    direct.psql("drop table left_out")
    direct.run()
    assert "dropped it" in why(direct)
