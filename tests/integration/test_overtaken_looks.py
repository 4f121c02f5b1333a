"""DDL that comes between a look of `pintail run` at the catalog and the statement that follows from it.

A finite run waits for the locks of tables that are to be published; a running one leaves them to a later look.
"""

import contextlib
import threading

import psycopg
import pytest
from support import oracle
from support.shared_stack import NEWEST_POSTGRES
from support.sink import wait_until

WAITS = "select count(*) from pg_stat_activity where datname = '{}' and wait_event_type = 'Lock' and query ~ 'ALTER PUBLICATION'"

OVERTAKEN = {
    "dropped": "drop table late",
    "renamed": "alter table late rename to later",
    # What is a member already gets the name of what was to be added.
    "another-table": "alter table late rename to latest; alter table t rename to late",
}


def assert_goes_on(flow):
    live, flow.live = flow.live, None
    assert live.process.wait(timeout=120) == 0, live.log
    flow.start()
    flow.psql("create table after_it (id int primary key); insert into after_it values (1)")
    wait_until(lambda: flow.query("select 1 from after_it"), "the run goes on")
    flow.catch_up()
    for _, table in flow.tables():
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


@pytest.mark.parametrize("how", OVERTAKEN)
def test_a_table_that_is_to_be_published(server, flow_on, how):
    flow = flow_on(server)
    flow.run()
    with psycopg.connect(flow.dsn) as other:
        # Found by the look, and locked before it is published.
        other.execute("create table late (id int primary key)")
        other.commit()
        other.execute("lock table late in access exclusive mode")
        flow.start("--until", "current")
        wait_until(lambda: flow.psql(WAITS.format(flow.id)) == "1", "the publication waits for the table")
        other.execute(OVERTAKEN[how])
    assert_goes_on(flow)


def blocked(flow, query):
    return flow.psql(f"select count(*) from pg_stat_activity where datname = '{flow.id}' and wait_event_type = 'Lock' and query ~ '{query}'") == "1"


def slot_waits_for(flow, transaction):
    """The snapshot of a copy waits for all that runs."""
    pid = transaction.info.backend_pid
    return flow.psql(f"""select count(*) from pg_stat_activity a where '{pid}' = any(pg_blocking_pids(a.pid)::text[])
        and a.query ~ 'REPLICATION_SLOT'""") == "1"


@contextlib.contextmanager
def dropped_in_the_plan(flow, run):
    """`late` is dropped when the copy's snapshot is there, and what is to be read was planned through it."""
    with psycopg.connect(flow.dsn) as first, psycopg.connect(flow.dsn) as second, psycopg.connect(flow.dsn) as third:
        first.execute("insert into late values (1)")
        run()
        wait_until(lambda: slot_waits_for(flow, first), "the snapshot waits for the first transaction")
        second.execute("insert into late values (2)")
        first.commit()
        wait_until(lambda: slot_waits_for(flow, second), "the snapshot waits for the second transaction")
        locking = threading.Thread(target=third.execute, args=("lock table late in access exclusive mode",))
        locking.start()
        wait_until(lambda: blocked(flow, "lock table late"), "the third one waits for the table")
        second.commit()
        locking.join()
        wait_until(lambda: blocked(flow, "LOCK TABLE ONLY"), "the copy waits for the table")
        third.execute("drop table late")
    yield


@pytest.mark.parametrize("copied_before", [False, True], ids=["first_copy", "beside_the_stream"])
def test_a_finite_run_plans_its_copy_again(own, flow_on, copied_before):
    flow = flow_on(own(version=NEWEST_POSTGRES))
    if copied_before:
        flow.run()
    flow.psql("create table late (id int primary key); create table other (id int primary key); insert into other values (1)")
    if not copied_before:
        flow.psql(f"select pg_create_logical_replication_slot('{flow.id}', 'pgoutput')")
    with dropped_in_the_plan(flow, lambda: flow.start("--until", "current")):
        live, flow.live = flow.live, None
        assert live.process.wait(timeout=120) == 0, live.log
    for table in ("t", "other"):
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


def test_a_table_that_is_to_be_published_otherwise(server, flow_on):
    """As by the session of a run that was killed, which still does what it was asked for."""
    flow = flow_on(server)
    flow.run()
    with psycopg.connect(flow.dsn) as other:
        other.execute("alter table t drop constraint t_pkey")
        other.commit()
        other.execute(f"alter publication {flow.id} drop table t; alter publication {flow.id}_inserts add table t; insert into t values (0)")
        flow.start("--until", "current")
        wait_until(lambda: flow.psql(WAITS.format(flow.id)) == "1", "the look waits for the publication")
    assert_goes_on(flow)
