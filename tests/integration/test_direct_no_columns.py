"""A followed table that loses its last column: DuckDB has no table without any, and the others go on."""

import pytest
from support.direct_checks import assert_equal, wait_for_rows


@pytest.mark.parametrize("rule", ["keep", "drop"])
@pytest.mark.parametrize("mode", ["mirror", "history"])
def test_it_goes_on_without_it(server, flow_on, rule, mode):
    flow = flow_on(server)
    flow.psql("create table bare (a int primary key); insert into bare values (1)")
    flags = ("--on-drop-column", rule, "--table-mode", f"public.bare={mode}")
    flow.start(*flags)
    wait_for_rows(flow, 100)
    flow.psql("alter table bare drop column a")
    flow.psql("insert into bare default values")
    flow.psql("insert into t values (101, 'beside it')")
    wait_for_rows(flow, 101)
    flow.stop()
    flow.run(*flags)
    assert_equal(flow)
    flow.psql("alter table bare add column b int; alter table bare replica identity full; insert into bare values (7); insert into t values (102, 'later')")
    flow.run(*flags)
    assert [row["b"] for row in flow.query("select b from bare where b is not null")] == [7]
    assert_equal(flow)
