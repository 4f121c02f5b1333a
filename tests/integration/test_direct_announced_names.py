"""Tables that the server has announced under another name than they are followed by, and does not announce anew.

So it is with a partitioned table whose rows come through its partitions: what is renamed is the root, what the server sends
rows of is a partition. Until PostgreSQL 15 it is so with every table of a schema that is renamed.
"""

import contextlib
import subprocess

import psycopg
import pytest
from support import oracle
from support.direct_checks import arrives
from support.sink import PINTAIL, wait_until
from support.transfers import filled, held_copy

SETUP = "create table other (id int primary key); insert into other values (0);"


def partitioned(name):
    return (f"create table {name} (id int primary key) partition by range (id);"
            f"create table {name}_rows partition of {name} for values from (0) to (1000);")


@pytest.fixture
def flow(server, flow_on):
    """Every table is announced whether it is followed or not, and nothing but `other` was copied yet."""
    flow = flow_on(server, SETUP)
    flow.psql(f"create publication {flow.id} for all tables with (publish_via_partition_root)")
    return flow


def begin(flow, *flags):
    """What is inserted from here on comes by the stream."""
    flow.start(*flags)
    wait_until(lambda: flow.query("select 1 from other"), "the first copy is shown")


def is_copied(flow, table):
    wait_until(lambda: flow.query(f"select 1 from {table}"), f"{table} is copied")


def ends_equal(flow, *left_out):
    """All that the run that ends here has read is there: the next one would not read it again."""
    assert flow.live.alive, flow.live.log
    flow.stop()
    flow.run(*(["--exclude", ",".join(left_out)] if left_out else []))
    for schema, table in flow.tables():
        if f"{schema}.{table}" not in left_out:
            oracle.assert_equal(flow.dsn, flow.target, schema, table)


def test_changes_beside_the_copy_under_its_new_name(flow):
    begin(flow, "--snapshot-jobs", "1", "--batch-rows", "500")
    flow.psql(partitioned("x"))
    flow.psql("insert into x values (1)")
    flow.psql(f"alter table x rename to y; {filled('a', 80_000)} {filled('m', 10)}")
    with held_copy(flow, "a", "m"):
        flow.psql("insert into y values (2)")
        arrives(flow, 1)
    is_copied(flow, "y")
    flow.psql("delete from y where id = 1")
    arrives(flow, 2)
    ends_equal(flow)


def test_one_that_was_left_out_under_its_old_name(flow):
    flow.psql(partitioned("x"))
    begin(flow, "--exclude", "public.x")
    flow.psql("insert into x values (1)")
    arrives(flow, 1)
    flow.psql("alter table x rename to y")
    is_copied(flow, "y")
    flow.psql("update y set id = 2")
    arrives(flow, 2)
    ends_equal(flow)


def test_another_table_is_followed_under_its_old_name(flow):
    begin(flow, "--exclude", "public.y")
    flow.psql(partitioned("x"))
    flow.psql("insert into x values (1)")
    flow.psql("alter table x rename to y; create table x (id int primary key); insert into x values (5)")
    is_copied(flow, "x")
    flow.psql("insert into y values (2); insert into x values (6)")
    arrives(flow, 1)
    ends_equal(flow, "public.y")


def test_two_that_have_swapped_their_names(flow):
    flow.psql(f"{partitioned('a')} {partitioned('b')} insert into a values (1); insert into b values (2)")
    begin(flow)
    flow.psql("insert into a values (11); insert into b values (12)")
    arrives(flow, 1)
    flow.psql("begin; alter table a rename to c; alter table b rename to a; alter table c rename to b; commit")
    wait_until(lambda: flow.query("select 1 from a where id = 2"), "both are copied again")
    flow.psql("insert into a values (21); insert into b values (22)")
    arrives(flow, 2)
    ends_equal(flow)


@contextlib.contextmanager
def snapshot_waits(flow):
    """While this lasts, no copy that begins gets its snapshot."""
    with psycopg.connect(flow.dsn) as source:
        source.execute("select pg_current_xact_id()")
        yield


def is_listed(flow):
    """The run knows which tables it copies, and waits for their snapshot."""
    wait_until(lambda: flow.psql("select 1 from pg_replication_slots where slot_name ~ '^pintail_copy'"), "the copy has begun")


def test_one_that_is_to_be_copied_again(flow):
    flow.psql(f"{partitioned('a')} insert into a values (1)")
    begin(flow)
    flow.psql("insert into a values (2)")
    arrives(flow, 1)
    with snapshot_waits(flow):
        asking = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", str(PINTAIL), "resync", "--target", str(flow.target), "a"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        is_listed(flow)
        flow.psql("alter table a rename to b")
    is_copied(flow, "b")
    _, error = asking.communicate(timeout=60)
    assert asking.returncode == 1 and "table public.a is not copied again" in error, error
    flow.psql("insert into b values (3)")
    arrives(flow, 2)
    ends_equal(flow)


def test_another_table_has_the_name_in_the_snapshot(flow):
    """Its changes would not be kept aside."""
    begin(flow, "--snapshot-jobs", "1", "--batch-rows", "500")
    with snapshot_waits(flow):
        flow.psql(f"begin; {filled('a', 80_000)} {filled('m', 10)} create table n (id int primary key); commit")
        is_listed(flow)
        flow.psql("drop table n; create table n (id int primary key)")
    with held_copy(flow, "a", "m"):
        flow.psql("insert into n values (1)")
        arrives(flow, 1)
    wait_until(lambda: flow.query("select 1 from n") is not None, "n is shown")
    ends_equal(flow)


@pytest.mark.parametrize("make, rename", [("create table {} (id int primary key);".format, "alter schema away rename to here"),
                                          (partitioned, "create schema here; alter table away.x set schema here")], ids=["renamed", "moved"])
def test_one_whose_schema_was_left_out(flow, make, rename):
    flow.psql(f"create schema away; {make('away.x')}")
    begin(flow, "--exclude", "away.*")
    flow.psql("insert into away.x values (1)")
    arrives(flow, 1)
    flow.psql(rename)
    is_copied(flow, "here.x")
    flow.psql("insert into here.x values (2)")
    arrives(flow, 2)
    ends_equal(flow)
