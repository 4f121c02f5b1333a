"""Tables that get other names while `pintail run` cannot follow them by the stream alone: what comes under the new name is not lost."""

import contextlib

import pytest
from support import oracle
from support.direct_checks import arrives
from support.sink import run_pintail, wait_until
from support.transfers import filled, held_copy

SETUP = "create table other (id int primary key); insert into other values (0);"


def assert_all_equal(flow):
    flow.catch_up()
    for schema, table in flow.tables():
        oracle.assert_equal(flow.dsn, flow.target, schema, table)


@pytest.mark.parametrize("restart", [False, True], ids=["", "restart"])
def test_a_table_that_was_copied_under_its_new_name_gets_another(server, flow_on, restart):
    """Nothing is followed under the name from before the copy any more."""
    flow = flow_on(server, SETUP + "create table a (id int primary key); insert into a values (1); create table b (id int primary key)")
    flow.run()
    flow.start()
    flow.psql("begin; drop table b; alter table a rename to b; insert into b values (2); commit")
    wait_until(lambda: flow.query("select 1 from b where id = 2"), "b is copied")
    if restart:
        flow.catch_up()
        flow.start()
    flow.psql("alter table b rename to c; insert into c values (3)")
    arrives(flow, 1)
    assert_all_equal(flow)


@contextlib.contextmanager
def copying_n(server, flow_on):
    """A run whose copy of new tables has read n and waits for another one, as long as this lasts."""
    flow = flow_on(server, SETUP + "create table z (id int primary key)")
    flow.start("--batch-rows", "500", "--snapshot-jobs", "2")
    wait_until(lambda: flow.query("select 1 from other"), "the first copy is shown")
    flow.psql(f"begin; {filled('a', 80_000)} {filled('m', 10)} create table n (id int primary key); insert into n values (1); commit")
    with held_copy(flow, "a", "m"):
        # One connection waits for m; the other one has read all else and lets go of it.
        wait_until(lambda: flow.status_of("public.n"), "n was read")
        yield flow


def ends_equal(flow):
    wait_until(lambda: flow.query("select 1 from m limit 1") is not None, "the new tables are shown")
    assert flow.live.alive, flow.live.log
    assert_all_equal(flow)


class TestBesideACopy:
    def test_a_table_that_was_read_gets_another_name(self, server, flow_on):
        with copying_n(server, flow_on) as flow:
            flow.psql("alter table n rename to c; insert into c values (2)")
            arrives(flow, 1)
        ends_equal(flow)

    def test_a_followed_table_gets_its_name(self, server, flow_on):
        with copying_n(server, flow_on) as flow:
            flow.psql("insert into n values (2)")
            flow.psql("begin; alter table n rename to c; alter table z rename to n; insert into n values (3); insert into c values (4); commit")
            arrives(flow, 1)
        ends_equal(flow)


def test_a_followed_table_gets_the_name_of_one_that_waits_for_its_copy(server, flow_on):
    flow = flow_on(server, SETUP + "create table t (id int primary key); create table n (id int primary key); insert into n values (1)")
    flow.run()
    assert run_pintail("resync", "--target", flow.target, "n", cwd=flow.folder).code == 0
    flow.psql("alter table n rename to c; alter table t rename to n; insert into n values (2); insert into c values (3)")
    assert_all_equal(flow)


def test_a_partitioned_table_is_not_announced_under_its_new_name(server, flow_on):
    """Postgres announces it once for all of its partitions, whatever its root is called then."""
    flow = flow_on(server, SETUP + "create table a (id int primary key) partition by range (id);"
                                   "create table a1 partition of a for values from (0) to (100)")
    flow.run()
    flow.start()
    flow.psql("begin; insert into a values (1); alter table a rename to b; commit")
    wait_until(lambda: flow.query("select 1 from b where id = 1"), "the catalog tells its new name")
    flow.psql("insert into b values (2)")
    arrives(flow, 1)
    assert flow.live.alive, flow.live.log
    assert_all_equal(flow)


@pytest.mark.parametrize("renames", ["alter table a rename to c", "alter table a rename to c; alter table b rename to a; alter table c rename to b"],
                         ids=["", "swapped"])
def test_a_finite_run_notices_a_name_that_the_catalog_tells_of_with_a_column(server, flow_on, renames):
    """The entry that is read for the column is a later one than the run's look, and of the table under its new name already."""
    flow = flow_on(server, SETUP + "create table a (id int primary key); create table b (id int primary key, y int)")
    flow.run()
    flow.psql(f"alter table a add column x int; insert into a values (1, 1); begin; {renames}; commit")
    flow.run()
    for schema, table in flow.tables():
        oracle.assert_equal(flow.dsn, flow.target, schema, table)
