"""Tables in quarantine for a column's new type (--on-type-change): where it is seen, and the ways back, over Kafka."""

import json

import pytest
from support import oracle
from support.sink import run_pintail, wait_until

SETUP = """
create table t (id int primary key, v int, w text);
insert into t select i, i, 'w' || i from generate_series(1, 20) i;
create table other (id int primary key);
"""
# Everything that has to come in its order when the table is followed again: shapes, key changes, an emptied table.
CHANGES = """
alter table t alter v type date using date '2024-01-01' + v;
update t set w = 'before truncate' where id = 1;
truncate t;
insert into t select i, date '2024-01-01' + i, 'w' || i from generate_series(1, 30) i;
update t set id = id + 100 where id <= 10;
alter table t add column x int default 7;
update t set w = 'last' where id = 105;
delete from t where id between 11 and 15;
insert into other values (1);
"""


def status(flow):
    outcome = run_pintail("status", "--target", flow.target, "--json", cwd=flow.folder)
    assert outcome.code == 0, outcome
    return json.loads(outcome.stdout)


def why(flow, table="public.t"):
    return next(entry["quarantined"] for entry in status(flow)["tables"] if entry["source_table"] == table)


def retry(flow, *more, code=0):
    outcome = run_pintail("quarantine", "retry", "--target", flow.target, "--json", *more, cwd=flow.folder)
    assert outcome.code == code, outcome
    return json.loads(outcome.stdout)


@pytest.fixture
def waiting(make_flow):
    flow = make_flow()
    flow.psql(SETUP)
    flow.connect()
    flow.catch_up()
    flow.psql(CHANGES)
    flow.catch_up()
    return flow


def is_whole(flow):
    assert why(flow) is None and status(flow)["quarantine"]["messages"] == 0
    oracle.assert_equal(flow.dsn, flow.target, "public", "t", oracle.Options(extra_columns={"v_before"}))
    return True


def test_it_is_seen(waiting):
    assert "public.t, column v" in why(waiting)
    report = status(waiting)
    assert report["quarantine"]["by_table"][0]["table"] == "public.t" and report["quarantine"]["messages"] > 0
    assert report["quarantine"]["blocked_keys"] == 0, "the table waits as a whole, not its keys"
    text = run_pintail("status", "--target", waiting.target, cwd=waiting.folder).stdout
    assert "quarantined" in text and "NOT FOLLOWED" in text, text
    doctor = run_pintail("doctor", "--source", waiting.source_url, "--target", waiting.target, cwd=waiting.folder)
    assert "problem: table public.t is in quarantine" in doctor.text, doctor
    query = run_pintail("query", "--target", waiting.target, "--format", "csv",
                        "select quarantined is not null as q from pintail.tables where table_name = 't'", cwd=waiting.folder)
    assert query.stdout.split()[1:] == ["true"], query


def test_another_policy_at_the_next_start(waiting):
    assert "is followed again" in waiting.sink("--on-type-change", "new-column").text
    assert is_whole(waiting)
    waiting.psql("update t set w = 'after' where id = 30")
    waiting.settle()
    waiting.sink()
    assert is_whole(waiting)


def test_a_policy_that_knows_no_way_either(waiting):
    """DuckDB has no cast from numbers to dates."""
    before = status(waiting)["quarantine"]["messages"]
    outcome = waiting.sink("--on-type-change", "cast")
    assert "stays in quarantine" in outcome.text, outcome
    assert "come back" in why(waiting) and status(waiting)["quarantine"]["messages"] == before
    waiting.sink("--on-type-change", "new-column")
    assert is_whole(waiting)


def test_retry_on_the_file(waiting):
    outcome = retry(waiting, "--table", "public.t", code=1)
    assert outcome["followed_again"] == [] and outcome["gone"] == 0 and len(outcome["failures"]) == 1, outcome
    one = retry(waiting, "--table", "public.t", "--on-type-change", "new-column")
    assert one["followed_again"] == ["public.t"] and one["gone"] == one["selected"], one
    assert is_whole(waiting)


def test_retry_by_the_running_sink(waiting):
    """Started with another policy it has tried by itself; what it could not take is tried again once that can be."""
    waiting.start_sink("--on-type-change", "cast").wait_for_log("reading ")
    wait_until(lambda: status(waiting)["live"], "the sink answers")
    waiting.psql("update t set w = 'meanwhile' where id = 30; insert into other values (2)")
    waiting.settle()
    wait_until(lambda: "2" in run_pintail("query", "--target", waiting.target, "--format", "csv", "select count(*) from other", cwd=waiting.folder).stdout,
               "the other table goes on")
    refused = retry(waiting, "--all", code=1)
    assert refused["followed_again"] == [] and refused["gone"] == 0, refused
    waiting.stop_sink()
    waiting.start_sink("--on-type-change", "new-column").wait_for_log("is followed again")
    wait_until(lambda: why(waiting) is None, "the table is followed again")
    waiting.catch_up()
    assert is_whole(waiting)


def test_a_history_gets_every_version(make_flow):
    """Each change that waited is a version, in its order, before and behind the new column."""
    flow = make_flow(sink_flags=["--mode", "history"])
    flow.psql(SETUP)
    flow.connect()
    flow.catch_up()
    flow.psql("alter table t alter v type date using date '2024-01-01' + v; update t set w = 'one' where id = 1; update t set w = 'two' where id = 1; "
              "delete from t where id = 1; insert into t values (1, '2024-05-01', 'again')")
    flow.catch_up()
    assert why(flow)
    flow.sink("--on-type-change", "new-column")
    assert why(flow) is None
    with oracle.open_target(flow.target) as target:
        versions = target.execute("select _op, w, v_before, v::varchar from public.t where id = 1 order by _seq").fetchall()
    assert versions == [("snapshot", "w1", 1, None), ("update", "one", None, "2024-01-02"), ("update", "two", None, "2024-01-02"),
                        ("delete", None, None, None), ("insert", "again", None, "2024-05-01")]


def test_a_kill_while_it_waits_loses_nothing(waiting):
    live = waiting.start_sink()
    live.wait_for_log("is in quarantine")
    waiting.psql("insert into t values (500, '2024-01-01', 'x', 1)")
    waiting.settle()
    assert live.kill()
    waiting.live = None
    waiting.sink()
    waiting.sink("--on-type-change", "new-column")
    assert is_whole(waiting)
