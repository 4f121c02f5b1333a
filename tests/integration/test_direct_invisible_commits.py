"""Commits that the stream brings before the server shows them: a synchronous standby has not confirmed them yet."""

import time

import pytest
from support import oracle
from support.direct_flow import DirectFlow
from support.held_commits import held_commit, standby_away
from support.sink import run_pintail, wait_until

@pytest.fixture
def flow(server, tmp_path):
    """A table of ten rows is in the target, and pintail follows it."""
    flow = DirectFlow(server, tmp_path / "flow")
    flow.psql("create table t (id int primary key, v text); insert into t select i, 'v' || i from generate_series(1, 10) i")
    flow.run()
    flow.start()
    yield flow
    flow.close()


def test_a_column_with_a_default_is_derived_once_its_commit_is_visible(flow):
    run = flow.live
    with held_commit(flow, "begin; create type mood as enum ('ok', 'sad'); alter table t add w int default 5, add m mood default 'ok'; "
                           "update t set w = 6, m = 'sad' where id = 2; commit"):
        time.sleep(1)
    flow.psql("insert into t values (11, 'after', 7, 'sad')")
    flow.catch_up()
    assert "until it is copied again" not in run.log
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")


def test_a_commit_that_stays_invisible_for_long_ends_in_a_copy(flow):
    run = flow.live
    with held_commit(flow, "begin; create type mood as enum ('ok', 'sad'); alter table t add m mood default 'ok', add ms mood[]; "
                           "update t set ms = '{sad,ok}' where id = 2; commit"):
        run.wait_for_log("public.t is not followed until it is copied again")
    flow.psql("insert into t values (11, 'after', 'sad', '{ok}')")
    run.wait_for_log("1 table shown from")
    flow.psql("insert into t values (12, 'later', 'sad', '{ok,sad}'); update t set m = 'sad', ms = '{}' where id = 3")
    flow.catch_up()
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")


def test_what_pintail_publishes_waits_for_no_standby(flow):
    run = flow.live
    with standby_away(flow.stack.postgres):
        flow.psql("set synchronous_commit = local; create table u (id int primary key); insert into u values (1)")
        run.wait_for_log("1 table shown from")
        flow.psql("set synchronous_commit = local; insert into t values (11, 'behind it'); insert into u values (2)")
        wait_until(lambda: flow.query("select * from t where id = 11") and flow.query("select * from u where id = 2"), "the stream goes on")
        flow.stop()
        flow.drop()
        flow.target.unlink()
        flow.run()
    for table in ("t", "u"):
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


def assert_no_difference(flow, verify):
    """The target holds a row that the source does not show, and the pintail that is asked has not seen its commit come."""
    with held_commit(flow, "insert into t values (11, 'held')"):
        wait_until(lambda: flow.query("select * from t where id = 11"), "the row comes before it is visible")
        flow.stop()
        outcome = run_pintail(*verify, cwd=flow.folder)
        assert outcome.code == 1 and "does a synchronous standby keep their commits waiting?" in outcome.stderr, outcome
    assert run_pintail(*verify, cwd=flow.folder).code == 0


def test_a_row_that_is_not_visible_yet_is_no_difference(flow):
    assert_no_difference(flow, flow.arguments("--repair", command="verify"))
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")


@pytest.mark.long  # verify waits half a minute
def test_one_that_many_others_pass_by_is_remembered(flow):
    with held_commit(flow, "insert into t values (11, 'held')"):
        wait_until(lambda: flow.query("select * from t where id = 11"), "the row comes before it is visible")
        flow.psql("set synchronous_commit = local; do $$ begin for i in 1..70000 loop update t set v = i where id = 1; commit; end loop; end $$")
        flow.psql("set synchronous_commit = local; insert into t values (12, 'behind them')")
        wait_until(lambda: flow.query("select * from t where id = 12"), "they have come")
        outcome = run_pintail(*flow.arguments("--repair", command="verify"), cwd=flow.folder)
        assert outcome.code == 1 and "does a synchronous standby keep their commits waiting?" in outcome.stderr, outcome
    flow.catch_up()
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")


def test_one_whose_session_may_not_be_seen_is_none_either(flow):
    role = f"{flow.id}_follows"
    flow.psql(f"create role {role} login replication password 'p'; grant select on t to {role}")
    try:
        assert_no_difference(flow, flow.arguments(command="verify", source=flow.url_as(role, "p")))
    finally:
        flow.psql(f"drop owned by {role}; drop role {role}")
