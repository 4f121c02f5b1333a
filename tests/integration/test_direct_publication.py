"""A publication that somebody alters and puts back: what was changed in between is in no message, and the tables are copied again.
What cannot have lost anything copies nothing."""

import duckdb
import psycopg
import pytest
from support import oracle
from support.direct_checks import SETUP, assert_equal, refused, sql_in, wait_for_rows
from support.sink import wait_until

# Alters the publication {p} so that it leaves out what UNSEEN does, and puts it back.
LEFT_OUT = {
    "table": ("alter publication {p} drop table t", "alter publication {p} add table t"),
    "updates": ("alter publication {p} set (publish = 'insert')", "alter publication {p} set (publish = 'insert, update, delete, truncate')"),
    "row_filter": ("alter publication {p} set table t where (id > 1000)", "alter publication {p} set table t"),
    "column_list": ("alter publication {p} set table t (id)", "alter publication {p} set table t"),
    "publication": ("drop publication {p}",
                    "create publication {p} for table t with (publish_via_partition_root); comment on publication {p} is 'made by pintail'"),
}
UNSEEN = "update t set v = 'unseen' where id = 7"
SINCE_15 = ("row_filter", "column_list")


def leave_out(flow, how):
    if how in SINCE_15 and int(flow.stack.postgres.major) < 15:
        pytest.skip("came with PostgreSQL 15")
    away, back = (sql.format(p=flow.id) for sql in LEFT_OUT[how])
    for sql in (away, UNSEEN, back):
        flow.psql(sql)


def copies(flow, table="public.t"):
    with duckdb.connect(str(flow.target), read_only=True) as target:
        return target.execute("select count(*) from pintail.schema_history where table_name = ? and change in ('swap in snapshot', 'merge snapshot')",
                              [table]).fetchone()[0]


def is_seen(flow):
    """A look at the catalog while the column was left out has it copied without: then it is not there for a moment."""
    rows = flow.query("select * from t where id = 7")
    return rows and rows[0].get("v") == "unseen"


@pytest.mark.parametrize("how", LEFT_OUT)
def test_what_it_left_out_while_pintail_was_stopped(server, flow_on, how):
    flow = flow_on(server)
    flow.run()
    leave_out(flow, how)
    flow.psql("insert into t values (101, 'after it')")
    flow.run()
    assert_equal(flow)
    before = copies(flow)
    flow.psql("update t set v = 'after it' where id = 8")
    flow.run()
    assert_equal(flow)
    assert copies(flow) == before, "copied without need"


@pytest.mark.parametrize("how", [how for how in LEFT_OUT if how != "publication"])
def test_what_it_left_out_while_pintail_ran(server, flow_on, how):
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    leave_out(flow, how)
    wait_until(lambda: is_seen(flow), "the table is copied again", 60)
    flow.psql("insert into t values (101, 'after it')")
    flow.catch_up()
    assert_equal(flow)


def test_tables_of_a_schema(server, flow_on):
    """Somebody else's publication of all tables in a schema: without the schema for a moment, and a table moved away for a moment."""
    if int(server.postgres.major) < 15:
        pytest.skip("came with PostgreSQL 15")
    flow = flow_on(server, SETUP + "; create schema other; create table other.u (id int primary key)")
    flow.psql(f"create publication {flow.id} for tables in schema public")
    flow.run()
    for sql in (f"alter publication {flow.id} set tables in schema other", UNSEEN, f"alter publication {flow.id} set tables in schema public"):
        flow.psql(sql)
    flow.run()
    assert_equal(flow)
    for sql in ("alter table t set schema other", "update other.t set v = 'unseen, too' where id = 8", "alter table other.t set schema public"):
        flow.psql(sql)
    flow.run()
    assert_equal(flow)
    before = copies(flow)
    flow.psql(f"alter publication {flow.id} add tables in schema other")
    flow.run()
    assert copies(flow) == before, "copied without need"


def test_all_tables(server, flow_on):
    flow = flow_on(server)
    flow.psql(f"create publication {flow.id} for all tables")
    flow.run()
    leave_out(flow, "updates")
    flow.run()
    assert_equal(flow)


@pytest.mark.parametrize("harmless", [
    "create table u (id int primary key); alter publication {p} add table u",
    "create table u (id int primary key)",  # pintail adds it itself
    "comment on publication {p}_inserts is 'made by pintail'",
    "vacuum freeze pg_publication, pg_publication_rel, pg_attribute, pg_depend",
    "vacuum full pg_publication; vacuum full pg_publication_rel; vacuum full pg_attribute",
    "alter table t replica identity nothing",  # pintail moves it into the publication of inserts
], ids=["table_added", "new_table", "comment", "frozen", "rewritten", "moved_by_pintail"])
def test_what_loses_nothing_copies_nothing(server, flow_on, harmless):
    flow = flow_on(server)
    flow.run()
    for sql in harmless.format(p=flow.id).split("; "):
        flow.psql(sql)
    flow.psql("insert into t values (101, 'after it')")
    flow.run()
    assert_equal(flow)
    assert copies(flow) == 1


def test_what_was_left_out_before_pintail_moved_the_table(server, flow_on):
    """Its own alteration is no excuse for what somebody did before it."""
    flow = flow_on(server)
    flow.run()
    leave_out(flow, "table")
    flow.psql("alter table t replica identity nothing")
    flow.run()
    assert_equal(flow)


def test_targets_of_earlier_versions(server, flow_on):
    """They do not know how their tables were published: from the next run on they do, and nothing is copied."""
    flow = flow_on(server)
    flow.run()
    with duckdb.connect(str(flow.target)) as target:
        target.execute("update pintail.source_catalog set note = json_merge_patch(note, '{\"ways\": null, \"publications\": null}')")
    flow.psql("insert into t values (101, 'after it')")
    flow.run()
    assert_equal(flow)
    assert copies(flow) == 1
    leave_out(flow, "updates")
    flow.run()
    assert_equal(flow)


def test_made_again_while_the_copy_that_it_asks_for_is_killed(server, flow_on):
    """The next run begins behind the new publication, too, and whatever the target holds the slot still has."""
    flow = flow_on(server)
    flow.run()
    leave_out(flow, "publication")
    with psycopg.connect(flow.dsn) as holder:  # the copy waits for it
        holder.execute("insert into t values (101, 'before the copy')")
        live = flow.start()
        live.wait_for_log("all tables are copied again")
        flow.kill()
    flow.run()
    assert_equal(flow)


def test_made_again_for_tables_without_a_key(server, flow_on):
    """The publication of inserts goes and comes with pintail, whether a table needs it or not."""
    flow = flow_on(server, SETUP + "; create table keyless (a int); insert into keyless values (1)")
    flow.run()
    flow.psql(f"drop publication {flow.id}_inserts")
    flow.psql("insert into keyless values (2)")
    flow.psql(UNSEEN)
    flow.run()
    assert_equal(flow)
    assert_equal(flow, "keyless")


def test_made_again_by_hand_without_all_tables(server, flow_on):
    """Then it is somebody else's: no table is put into it, and those that the target had from it are named."""
    flow = flow_on(server, SETUP + "; create table keyless (a int); insert into keyless values (1)")
    assert "not followed" not in flow.run().stderr
    flow.psql(f"drop publication {flow.id}; create publication {flow.id} for table t")
    said = f"table public.keyless is in the target, and publication {flow.id} does not publish it"
    outcome = flow.run()
    assert said in outcome.stderr and "table public.t is in the target" not in outcome.stderr, outcome
    flow.psql(f"alter table keyless replica identity full; alter publication {flow.id} add table keyless; insert into keyless values (2)")
    assert said not in flow.run().stderr
    assert_equal(flow)
    oracle.assert_equal(flow.dsn, flow.target, "public", "keyless")


def test_made_again_as_the_refusal_says(server, flow_on):
    flow = flow_on(server)
    flow.run()
    flow.psql(f"drop publication {flow.id}")
    flow.psql(UNSEEN)
    message = refused(flow, f"publication {flow.id} is missing", "To begin anew")
    flow.psql(sql_in(message, r"CREATE PUBLICATION [^;]*; COMMENT ON [^)]*'"))
    flow.run()
    assert_equal(flow)


@pytest.mark.parametrize("live", [False, True], ids=["", "live"])
def test_that_had_another_name_for_a_while(server, flow_on, live):
    """Until PostgreSQL 17 the stream cannot pass what was changed meanwhile, whatever the publication is called now."""
    flow = flow_on(server)
    flow.run()
    if live:
        flow.start().wait_for_log("following slot")
    # In one transaction, so that the live run does not find it missing.
    flow.psql(f"begin; alter publication {flow.id} rename to other; {UNSEEN}; alter publication other rename to {flow.id}; commit")
    flow.psql("insert into t values (101, 'after it')")
    if live:
        wait_until(lambda: is_seen(flow), "the table is copied again", 60)
    flow.catch_up()
    assert_equal(flow)
