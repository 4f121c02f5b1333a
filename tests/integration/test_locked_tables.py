"""Tables of the source that somebody has locked for long: what does not need them goes on, what does is named, and a stop ends it."""

import signal

import psycopg
import pytest
from support import oracle
from support.direct_checks import arrives, waits_for
from support.shared_stack import NEWEST_POSTGRES
from support.sink import wait_until
from support.transfers import filled, held_copy

TABLES = {"plain": "create table a (id int primary key); insert into a values (1);",
          "partitioned": "create table a (id int primary key) partition by range (id); create table a1 partition of a for values from (0) to (9);"
                         "insert into a values (1);"}
OTHER = "create table b (id int primary key); insert into b values (0);"
ALTERED = "alter table a add column v int"


@pytest.fixture(scope="module", params=[NEWEST_POSTGRES, pytest.param(None, marks=pytest.mark.long)], ids=["newest", ""])
def version(request):
    """The newest waits for the most."""
    return request.param


@pytest.fixture(params=TABLES)
def flow(request, server, flow_on):
    return flow_on(server, TABLES[request.param] + OTHER)


def published(flow, table):
    """Not asked of pg_publication_tables, which waits itself."""
    return flow.psql(f"select count(*) from pg_publication_rel where prrelid = '{table}'::regclass") == "1"


def says_in_status(flow, text):
    return any(text in line for line in waits_for(flow))


def is_equal(flow, *tables):
    flow.run()
    for table in tables:
        assert oracle.assert_equal(flow.dsn, flow.target, "public", table) > 0


def test_of_a_running_pintail(flow):
    flow.start()
    wait_until(lambda: flow.query("select 1 from b"), "the first copy is shown")
    with psycopg.connect(flow.dsn) as holder:
        holder.execute(ALTERED)
        flow.psql("create table late (id int primary key); insert into late values (1)")
        wait_until(lambda: published(flow, "late"), "the catalog is looked at")
        arrives(flow, 1, "b")
        pid = holder.info.backend_pid
        flow.live.wait_for_log(f"waiting for a transaction that has to end before a snapshot can be taken: process {pid}")
        wait_until(lambda: says_in_status(flow, f"process {pid}"), "the status says so")
        arrives(flow, 2, "b")
        flow.stop()
        holder.execute("insert into a values (2, 2)")
    is_equal(flow, "a", "b", "late")


def test_of_one_that_starts(flow):
    flow.run()
    with psycopg.connect(flow.dsn) as holder:
        holder.execute(ALTERED)
        flow.start().wait_for_log("following slot")
        arrives(flow, 1, "b")
        holder.execute("insert into a values (2, 2)")
        holder.commit()
        wait_until(lambda: flow.query("select 1 from a where id = 2"), "the locked table's changes arrive")
        flow.stop()
    is_equal(flow, "a", "b")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_of_the_first_start(flow, number):
    with psycopg.connect(flow.dsn) as holder:
        holder.execute(ALTERED)
        live = flow.start()
        live.wait_for_log(f"waiting for the lock of table public.a: process {holder.info.backend_pid}")
        assert live.stop(number) == 0, live.log
        flow.start().wait_for_log("waiting for the lock of table public.a")
    wait_until(lambda: flow.query("select v from a limit 1"), "it goes on")
    flow.stop()
    is_equal(flow, "a", "b")


def test_of_a_slot_that_is_to_be_made(flow):
    """The publication is somebody's, so that there is nothing to wait for before."""
    flow.psql(f"create publication {flow.id} for table a, b with (publish_via_partition_root)")
    with psycopg.connect(flow.dsn) as holder:
        holder.execute(ALTERED)
        live = flow.start()
        live.wait_for_log("waiting for a transaction that has to end")
        flow.stop()
    is_equal(flow, "a", "b")


def test_of_a_prepared_transaction(own, flow_on):
    """It has no process, and may be another database's; nobody may remember it."""
    stack = own(max_prepared_transactions="2")
    flow = flow_on(stack, TABLES["plain"] + OTHER)
    stack.postgres.psql("begin; create table p (id int); prepare transaction 'it''s forgotten'", "postgres")
    live = flow.start()
    live.wait_for_log("waiting for a transaction that has to end before a snapshot can be taken: prepared transaction 'it''s forgotten' has it; "
                      "ROLLBACK PREPARED 'it''s forgotten' or COMMIT PREPARED 'it''s forgotten' in database postgres would end it")
    assert says_in_status(flow, "'it''s forgotten'")
    flow.stop()
    stack.postgres.psql("rollback prepared 'it''s forgotten'", "postgres")
    is_equal(flow, "a", "b")


def test_while_they_are_copied(server, flow_on):
    flow = flow_on(server, filled("big", 80_000) + filled("last", 10))
    flow.start("--batch-rows", "500", "--snapshot-jobs", "1")
    with held_copy(flow, "big", "last"):
        flow.live.wait_for_log("waiting for the lock of table public.last")
        flow.stop()
    is_equal(flow, "big", "last")


def test_of_new_tables(flow):
    """They are published once they can be; others are at once, and nobody's changes wait for that."""
    flow.start()
    wait_until(lambda: flow.query("select 1 from b"), "the first copy is shown")
    with psycopg.connect(flow.dsn) as holder:
        holder.execute("create table late (id int primary key); insert into late values (1)")
        holder.commit()
        holder.execute("lock table late in access exclusive mode")
        flow.psql("create table other (id int primary key); insert into other values (1)")
        flow.live.wait_for_log("table public.late is locked by somebody")
        wait_until(lambda: published(flow, "other"), "the other one is published")
        arrives(flow, 1, "b")
        assert not published(flow, "late")
    wait_until(lambda: flow.query("select 1 from late"), "it is shown once it can be")
    flow.stop()
    is_equal(flow, "b", "late", "other")


def test_row_filters(server, flow_on):
    """Only under the table's lock can they be read."""
    if int(server.postgres.major) < 15:
        pytest.skip("came with PostgreSQL 15")
    flow = flow_on(server, TABLES["plain"] + OTHER)
    flow.psql(f"create publication {flow.id} for table a where (id > 0), b where (id > -1); insert into a values (-1)")
    flow.run()
    with psycopg.connect(flow.dsn) as holder:
        holder.execute(ALTERED)
        flow.start().wait_for_log("following slot")
        arrives(flow, 1, "b")
        flow.stop()
    flow.psql("insert into a values (2, 2), (-2, 2)")
    flow.run()
    assert [row["id"] for row in flow.query("select id from a order by id")] == [1, 2]
