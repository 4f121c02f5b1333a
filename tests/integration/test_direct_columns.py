"""What becomes of columns over `pintail run`: the policies of --columns, and generated columns, which not every server sends."""

import duckdb
import pytest
from support import oracle
from support.direct_checks import refused
from support.own_postgres import own_postgres
from support.direct_flow import DirectFlow
from support.shared_stack import NEWEST_POSTGRES

PRICES = "create table t (id int primary key, price numeric(6,2), cost numeric(6,2)); insert into t values (1, 1.5, 2.5), (2, 'NaN', 'NaN')"


def columns_of(flow, table):
    with oracle.open_target(flow.target) as target:
        return oracle.target_columns(target, "public", table)


def test_a_column_as_text(flow_on, server):
    flow = flow_on(server, PRICES)
    flow.run_flags = ["--columns", "public.t.price=varchar"]
    flow.run()
    flow.psql("update t set price = 'NaN', cost = 3 where id = 1; update t set price = 2 where id = 2")
    flow.run()
    assert columns_of(flow, "t") == {"id": "INTEGER", "price": "VARCHAR", "cost": "DECIMAL(6,2)", "cost__exact": "VARCHAR"}
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2


def test_a_value_that_is_not_wanted_ends_the_run(flow_on, server):
    flow = flow_on(server, PRICES)
    flow.run_flags = ["--columns", "public.*=stop"]
    refused(flow, "public.t", "column price", "--columns 'public.t.price=varchar'")
    flow.run_flags = []
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2


def test_a_key_cannot_have_its_value_beside_it(flow_on, server):
    flow = flow_on(server, "create table t (price numeric(6,2) primary key, v text); insert into t values (1, 'a'), ('NaN', 'b')")
    refused(flow, "column price", "key", "--columns 'public.t.price=varchar'")
    flow.run_flags = ["--columns", "public.t.price=varchar"]
    flow.run()
    flow.psql("update t set v = 'c' where price = 'NaN'; update t set price = 2 where v = 'a'")
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2


def test_another_policy_later(flow_on, server):
    """The column takes the other type, and what stood beside it goes into it."""
    flow = flow_on(server, PRICES)
    flow.run()
    flow.psql("update t set cost = 7 where id = 1")
    flow.run()
    flow.run_flags = ["--columns", "public.t.price=varchar"]
    flow.psql("insert into t values (3, 'NaN', 1)")
    flow.run()
    assert columns_of(flow, "t")["price"] == "VARCHAR"
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 3


@pytest.mark.parametrize("major", [None, NEWEST_POSTGRES])
def test_generated_columns(folder, major):
    with own_postgres(folder / "server", major) as stack:
        flow = DirectFlow(stack, folder / "direct")
        virtual = ", w int generated always as (n * 3) virtual" if major else ""
        flow.psql(f"create table t (id int primary key, n int, g int generated always as (n * 2) stored{virtual}); insert into t (id, n) values (1, 10)")
        plan = flow.run("--dry-run")
        outcome = flow.run()
        flow.psql("update t set n = 20; insert into t (id, n) values (2, 5)")
        flow.run()
        with duckdb.connect(str(flow.target), read_only=True) as target:
            rows = sorted(target.execute("select * from public.t").fetchall())
    lost = "w" if major else "g"
    assert rows == ([(1, 20, 40), (2, 5, 10)] if major else [(1, 20), (2, 5)])
    assert f"the generated column {lost} is left out" in plan.stdout and f"the generated column {lost} is left out" in outcome.stderr
    assert not major or "generated column g" not in outcome.stderr + plan.stdout


def test_columns_that_came_one_after_the_other(flow_on, server):
    """The first row announces one of them only, and none follows that announces the other."""
    flow = flow_on(server, "create table t (id int primary key); insert into t values (1)")
    flow.run()
    flow.psql("alter table t add column a int default 1; insert into t values (2, 2); alter table t add column b int default 3; alter table t drop column a")
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t", oracle.Options(extra_columns={"a"})) == 2
    flow.psql("alter table t add column c int default 4; insert into t values (3, 3, 3); alter table t add column d int default 5")
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t", oracle.Options(extra_columns={"a"})) == 3
