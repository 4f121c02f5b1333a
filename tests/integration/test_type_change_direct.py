"""Tables that `pintail run --on-type-change quarantine` does not follow any more: where it is seen, and the ways back."""

import json

import pytest
from support import oracle
from support.sink import run_pintail, wait_until

SETUP = """
create table t (id int primary key, v int, w text);
insert into t select i, i, 'w' || i from generate_series(1, 20) i;
create table other (id int primary key);
"""
CHANGES = """
alter table t alter v type date using date '2024-01-01' + v;
update t set w = 'changed' where id = 1;
insert into other values (1);
"""
QUARANTINE = ("--on-type-change", "quarantine")


def command(flow, *words, code=0):
    outcome = run_pintail(*words, "--target", str(flow.target), cwd=flow.folder)
    assert outcome.code == code, outcome
    return outcome


@pytest.fixture
def left(direct):
    direct.psql(SETUP)
    direct.run(*QUARANTINE)
    direct.psql(CHANGES)
    assert "table public.t is in quarantine" in direct.run(*QUARANTINE).text
    assert "column v" in direct.status_of("public.t")["quarantined"]
    return direct


def is_whole(flow):
    assert flow.status_of("public.t")["quarantined"] is None
    for table in ("t", "other"):
        oracle.assert_equal(flow.dsn, flow.target, "public", table)
    return True


def test_it_is_seen(left):
    assert "quarantined" in command(left, "status").stdout
    doctor = command(left, "doctor", "--source", left.source_url, "--slot", left.id, "--publication", left.id, code=1)
    assert "problem: table public.t is in quarantine" in doctor.text
    left.start(*QUARANTINE)
    wait_until(lambda: left.query("select 1 from other") is not None, "it runs")
    report = json.loads(command(left, "verify", "--json", code=1).stdout)  # not all could be compared
    assert {event["table"]: event["result"] for event in report["events"] if event["event"] == "table"} == {"public.other": "equal", "public.t": "not compared"}
    left.stop()


def test_another_policy_at_the_next_start(left):
    left.psql("insert into t values (30, '2024-05-01', 'x')")
    left.run(*QUARANTINE)
    left.run()
    assert is_whole(left)


@pytest.mark.parametrize("words", [("resync", "t"), ("quarantine", "retry", "--table", "public.t")], ids=["resync", "retry"])
@pytest.mark.parametrize("running", [True, False], ids=["running", "file"])
def test_the_commands(left, words, running):
    """The policy stays: the table is copied with its new type, and left again at the next change of one."""
    if running:
        left.start(*QUARANTINE)
        wait_until(lambda: left.query("select 1 from other") is not None, "it runs")
    command(left, *words)
    if running:
        wait_until(lambda: left.query("select id from t where w = 'changed'"), "the copy is shown")
        left.stop()
    left.run(*QUARANTINE)
    assert is_whole(left)
    left.psql("update t set w = 'followed' where id = 2")
    left.run(*QUARANTINE)
    assert is_whole(left)
    left.psql("alter table t alter v type uuid using null::uuid; insert into t values (40, null, 'x')")
    left.run(*QUARANTINE)
    assert "column v" in left.status_of("public.t")["quarantined"]


def test_the_quarantine_names_it(left):
    listed = command(left, "quarantine", "list")
    assert "table public.t is in quarantine as a whole: column v" in listed.stdout and "retry --table public.t" in listed.stdout
    as_json = command(left, "quarantine", "list", "--json")
    assert json.loads(as_json.stdout) is not None and "public.t is in quarantine as a whole" in as_json.stderr
    refused = command(left, "quarantine", "drop", "--table", "t", code=2)
    assert "in quarantine as a whole" in refused.stderr and "nothing to give up" in refused.stderr
    retried = command(left, "quarantine", "retry", "--table", "t").stdout
    assert "the next pintail run copies it again" in retried and "0 messages" not in retried
    left.run(*QUARANTINE)
    assert is_whole(left)


def test_a_name_that_two_schemas_have(direct):
    direct.psql("create schema a; create schema b; create table a.t (v text); create table b.t (v text); create table b.one (v text)")
    direct.run(*QUARANTINE)
    direct.psql("alter table b.one alter v type int using 1; insert into b.one values (1)")
    direct.run(*QUARANTINE)
    assert "several of that name: a.t, b.t" in command(direct, "quarantine", "retry", "--table", "t", code=2).stderr
    assert "table b.one was in quarantine" in command(direct, "quarantine", "retry", "--table", "one").stdout


def test_a_kill_in_quarantine(left):
    left.start(*QUARANTINE)
    left.psql("insert into other values (2); insert into t values (50, '2024-01-01', 'x')")
    wait_until(lambda: len(left.query("select id from other") or []) == 2, "the other table goes on")
    left.kill()
    left.psql("insert into other values (3)")
    left.run(*QUARANTINE)
    oracle.assert_equal(left.dsn, left.target, "public", "other")
    assert "column v" in left.status_of("public.t")["quarantined"]
    left.run()
    assert is_whole(left)


# What new-column cannot keep beside the new column.

KEYLESS = """
create table bag (v text);
alter table bag replica identity full;
insert into bag values ('one'), ('one'), ('two');
"""
NEW_COLUMN = ("--on-type-change", "new-column")


def column(flow, sql):
    return [value for row in flow.query(sql) for value in row.values()]


@pytest.fixture
def bag(direct):
    direct.psql(KEYLESS)
    direct.run(*QUARANTINE)
    direct.psql("alter table bag alter v type int using length(v); insert into bag values (7)")
    direct.run(*QUARANTINE)
    assert "column v" in direct.status_of("public.bag")["quarantined"]
    return direct


def test_new_column_finds_no_place_for_the_old_one(bag):
    """The table waits for somebody who asks for the copy; what it held is kept as a table then."""
    assert "table public.bag stays in quarantine" in bag.run(*NEW_COLUMN).text
    assert column(bag, "select v from bag order by all") == ["one", "one", "two"]
    command(bag, "resync", "bag")
    bag.run(*NEW_COLUMN)
    oracle.assert_equal(bag.dsn, bag.target, "public", "bag")
    assert column(bag, "select v from bag_before order by all") == ["one", "one", "two"]
    bag.run(*NEW_COLUMN)
    assert column(bag, "select table_name from duckdb_tables() where table_name like 'bag%' order by 1") == ["bag", "bag_before"]


def test_cast_gives_the_old_one_up(bag):
    bag.run("--on-type-change", "cast")
    oracle.assert_equal(bag.dsn, bag.target, "public", "bag")
    assert bag.query("from bag_before") is None


def test_new_column_of_a_table_with_its_key(left):
    left.run(*NEW_COLUMN)
    assert column(left, "select v_before from t where id in (1, 2) order by id") == [1, 2]


# `pintail verify` where no pintail runs is no start of the run.


def verified(flow, *words):
    outcome = run_pintail(*flow.arguments(*words, "--json", command="verify"), cwd=flow.folder)
    return {event["table"]: event["result"] for event in json.loads(outcome.stdout)["events"] if event["event"] == "table"}


@pytest.mark.parametrize("words", [(), ("--on-type-change", "cast")], ids=["", "another_policy"])
def test_verify_leaves_it_in_quarantine(left, words):
    assert verified(left, *words) == {"public.other": "equal", "public.t": "not compared"}
    assert "column v" in left.status_of("public.t")["quarantined"]


def test_verify_has_the_policy_of_the_run(direct):
    direct.psql(SETUP)
    direct.run(*QUARANTINE)
    direct.psql(CHANGES)
    assert verified(direct) == {"public.other": "equal", "public.t": "not compared"}
    assert "column v" in direct.status_of("public.t")["quarantined"]
    direct.run()
    direct.psql("alter table t alter v type uuid using null::uuid; insert into t values (40, null, 'x')")
    assert verified(direct)["public.t"] == "equal"
