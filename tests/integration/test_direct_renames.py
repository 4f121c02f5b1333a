"""Tables that get other names while `pintail run` cannot follow them by the stream alone: what comes under the new name is not lost."""

import pytest
from support import oracle
from support.sink import wait_until

SETUP = "create table other (id int primary key); insert into other values (0);"


def arrives(flow, number):
    """What was committed at the source before has been read, too."""
    flow.psql(f"insert into other values ({number})")
    wait_until(lambda: flow.query(f"select id from other where id = {number}"), f"row {number} arrives")


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
