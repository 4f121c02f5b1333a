"""DDL that comes between a look of `pintail run` at the catalog and the statement that follows from it."""

import psycopg
import pytest
from support import oracle
from support.sink import wait_until

WAITS = "select count(*) from pg_stat_activity where datname = '{}' and wait_event_type = 'Lock' and query ~ 'ALTER PUBLICATION'"

OVERTAKEN = {
    "dropped": "drop table late",
    "renamed": "alter table late rename to later",
    # What is a member already gets the name of what was to be added.
    "another-table": "alter table late rename to latest; alter table t rename to late",
}


@pytest.mark.parametrize("how", OVERTAKEN)
def test_a_table_that_is_to_be_published(server, flow_on, how):
    flow = flow_on(server)
    flow.start()
    wait_until(lambda: flow.query("select 1 from t limit 1"), "the first copy is shown")
    with psycopg.connect(flow.dsn) as other:
        # Found by the look, and locked before it is published.
        other.execute("create table late (id int primary key)")
        other.commit()
        other.execute("lock table late in access exclusive mode")
        wait_until(lambda: flow.psql(WAITS.format(flow.id)) == "1", "the publication waits for the table")
        other.execute(OVERTAKEN[how])
    flow.psql("create table after_it (id int primary key); insert into after_it values (1)")
    wait_until(lambda: flow.query("select 1 from after_it"), "the run goes on")
    flow.catch_up()
    for _, table in flow.tables():
        oracle.assert_equal(flow.dsn, flow.target, "public", table)
