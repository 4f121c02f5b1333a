"""A followed table loses what its rows are told apart by: no UPDATE or DELETE of the application fails for that."""

import pytest
from support import oracle
from support.sink import run_pintail, wait_until
from support.verification import start

SETUP = """create table t (id int primary key, v text); insert into t values (1, 'a'), (2, 'b');
    create table p (id int primary key, v text) partition by range (id); create table p1 partition of p for values from (0) to (100);
    insert into p values (1, 'a'), (2, 'b')"""
NONE = "no primary key and no replica identity"
DEFERRABLE = "a DEFERRABLE primary key, which PostgreSQL does not take for a replica identity"
FULL = 'ALTER TABLE "public"."t" REPLICA IDENTITY FULL'
# The table, what it comes by, what it has then as messages say it, and their way out.
LOST = {"dropped": ("t", "alter table t drop constraint t_pkey", NONE, FULL),
        "deferrable": ("t", "alter table t drop constraint t_pkey, add constraint t_pkey primary key (id) deferrable", DEFERRABLE, FULL),
        "index": ("t", "create unique index i on t (id); alter table t replica identity using index i; drop index i",
                  "no index any more that its REPLICA IDENTITY named", FULL.replace("FULL", "DEFAULT")),
        "column": ("t", "alter table t drop column id, add id int", NONE, FULL),
        "partition": ("p", "create table p2 (id int, v text); alter table p1 replica identity nothing", "a partition with REPLICA IDENTITY NOTHING",
                      'ALTER TABLE "public"."p1" REPLICA IDENTITY DEFAULT'),
        "partitioned": ("p", "alter table p drop constraint p_pkey", NONE,
                        'ALTER TABLE "public"."p" REPLICA IDENTITY FULL; ALTER TABLE "public"."p1" REPLICA IDENTITY FULL')}


def goes_on(flow, table, way_out, finish):
    flow.psql(f"update {table} set v = 'c' where v = 'a'; insert into {table} (id, v) values (4, 'x')")
    finish()
    flow.psql(f"{way_out}; delete from {table} where v = 'b'")
    finish()


@pytest.mark.parametrize("how", LOST)
def test_while_pintail_was_away(direct, how):
    table, sql, has, way_out = LOST[how]
    direct.psql(SETUP)
    direct.run()
    direct.psql(f"{sql}; insert into {table} (id, v) values (3, 'y')")
    shown = run_pintail(*direct.arguments(command="doctor"), cwd=direct.folder).stdout
    assert f"advice: public.{table} has {has}: only INSERT and TRUNCATE can be followed. For all changes: {way_out}\n" in shown, shown
    assert f"  public.{table} ({has}: INSERT and TRUNCATE only)\n" in run_pintail(*direct.arguments("--dry-run"), cwd=direct.folder).stdout
    said = direct.run().stderr
    assert f"table public.{table} has {has}: " in said and way_out in said, said
    goes_on(direct, table, way_out, direct.run)
    oracle.assert_equal(direct.dsn, direct.target, "public", table)


@pytest.mark.parametrize("how", LOST)
def test_while_it_runs(direct, how):
    table, sql, has, way_out = LOST[how]
    direct.psql(SETUP)
    start(direct, table)
    direct.psql(f"{sql}; insert into {table} (id, v) values (3, 'y')")
    direct.live.wait_for_log(f"table public.{table} has {has}")
    published = f"select count(*) from pg_publication_tables where pubname = '{direct.id}' and tablename = '{table}'"
    wait_until(lambda: direct.psql(published) == "0", "it is in the other publication")
    goes_on(direct, table, way_out, lambda: None)
    direct.catch_up()
    oracle.assert_equal(direct.dsn, direct.target, "public", table)


def test_of_a_table_that_is_left_out(direct):
    """pintail's own publication has it still: its UPDATE must not fail for that for ever."""
    direct.psql(SETUP)
    direct.run()
    direct.psql("alter table t drop constraint t_pkey")
    direct.run("--exclude", "public.t")
    direct.psql("update t set v = 'c' where v = 'a'; delete from t where v = 'b'")
    direct.run()
    oracle.assert_equal(direct.dsn, direct.target, "public", "t")
