"""DDL that `pintail run` reads about later: what was known of a table has to fit the rows of that time."""

import pytest
from support import oracle
from support.sink import wait_until


@pytest.mark.parametrize("change", [
    "alter table e alter w type int using w * 2",
    "alter table e add z bigint not null default 3; insert into e values (100, 'a', 3, 5)",
    "drop table e; create table e (id int primary key, v text, w int); insert into e values (1, 'new', 1)",
    "alter table e add b text default 'b'; alter table e rename v to q; alter table e rename b to v"])
def test_a_renamed_table_changes_while_nobody_follows(flow_on, server, change):
    """What the target knows of the table goes with it to its new name."""
    flow = flow_on(server, "create table t (id int primary key, v text, w int); insert into t select i, 'x', i from generate_series(1, 30) i")
    flow.start()
    wait_until(lambda: flow.query("select id from t"), "the table is copied")
    flow.psql("alter table t rename to e; insert into e values (200, 'x', 3)")
    wait_until(lambda: flow.query("select id from e where id = 200"), "it has its new name")
    flow.stop()  # before it looks at the catalog again
    flow.psql(change)
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "e", oracle.Options(extra_columns={"v_dropped"}))


@pytest.mark.parametrize("value", ["'k' || i % 3", "null"])
def test_columns_of_the_key_swap_names_under_full_identity(flow_on, server, value):
    """Rows of before go by the key's name of before."""
    flow = flow_on(server, f"""create table t (id int primary key, v text, x int); alter table t replica identity full;
                               insert into t select i, {value}, 5 from generate_series(1, 20) i""")
    flow.run()
    flow.psql("""update t set x = 50 where id in (3, 13); delete from t where id = 7; update t set x = 51 where id = 3;
                 begin; alter table t rename id to aside; alter table t rename v to id; alter table t rename aside to v; commit""")
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 19


def test_a_table_comes_back_to_the_name_that_it_had_before_it_was_copied_again(flow_on, server):
    """What was copied before stands still under that name, and is not taken for the table."""
    flow = flow_on(server, "create table a (id int primary key); insert into a values (1); create table b (id int primary key, v text)")
    flow.run()
    flow.psql("begin; drop table b; alter table a rename to b; insert into b values (2); commit")
    flow.run()
    flow.psql("insert into b values (3); begin; alter table b rename to a; insert into a values (4); commit; insert into a values (5)")
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "a") == 5


@pytest.mark.parametrize("rows", ["", "insert into old values (2);"])
def test_a_new_table_has_the_name_of_one_that_was_renamed(direct, rows):
    direct.psql("create table a (id int primary key); insert into a values (1)")
    direct.run()
    direct.psql(f"alter table a rename to old; {rows} create table a (id int primary key, v text); insert into a values (3, 'new')")
    direct.run()
    assert oracle.assert_equal(direct.dsn, direct.target, "public", "a") == 1
    assert oracle.assert_equal(direct.dsn, direct.target, "public", "old") > 0


AWAY = """alter table pt detach partition {0}; insert into {0} values (50, 'while it was away'); delete from {0} where id = 1;
          update {0} set v = 'changed' where id = 2; alter table pt attach partition {0} for values from (0) to (100);"""


@pytest.mark.parametrize("attached", [False, True])
@pytest.mark.parametrize("live", [False, True])
def test_a_partition_is_away_between_two_looks(flow_on, server, attached, live):
    """What changed in it meanwhile is not in the stream. One that was `attached` before has not been the table's from its first row on."""
    made = "create table pa (id int primary key, v text); alter table pt attach partition pa" if attached else "create table pa partition of pt"
    flow = flow_on(server, f"""create table pt (id int primary key, v text) partition by range (id);
                               {made} for values from (0) to (100); insert into pt select i, 'x' from generate_series(1, 5) i""")
    if live:
        flow.start()
        wait_until(lambda: flow.query("select id from pt"), "the table is copied")
        flow.psql(f"begin; {AWAY.format('pa')} commit")
        wait_until(lambda: flow.query("select id from pt where id = 50"), "the table is copied again")
        flow.stop()
    else:
        flow.run()
        flow.psql(AWAY.format("pa"))
    flow.run()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "pt") == 5
