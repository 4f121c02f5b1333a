"""Tables that Postgres can have and DuckDB can not, or not under that name."""

from support import oracle


def assert_equal(flow, schema, table, *target):
    assert oracle.assert_equal(flow.dsn, flow.target, schema, table, oracle.Options(target=target or None)) > 0


def test_a_table_without_columns_is_left_out_until_it_has_one(direct):
    direct.psql("create table a (id int primary key); insert into a values (1); create table bare(); insert into bare default values;"
                "create table computed (n int generated always as (1) stored); insert into computed default values")
    direct.run()
    direct.start()
    direct.psql("create table late(); insert into late default values; insert into a values (2)")
    direct.catch_up()
    direct.psql("alter table late add column n int default 5; insert into late values (6)")
    direct.run()
    assert_equal(direct, "public", "a")
    assert_equal(direct, "public", "late")


def test_schemas_that_differ_by_case_share_one(direct):
    direct.psql("""create schema "PUBLIC"; create table "PUBLIC".a (id int primary key, v text); create table public.a (id int primary key);
                   create table public.b (id int primary key); insert into "PUBLIC".a values (1, 'x'); insert into a values (2); insert into b values (3)""")
    direct.run()
    direct.psql("""insert into "PUBLIC".a values (4, 'y'); insert into a values (5); insert into b values (6)""")
    direct.run()
    with oracle.open_target(direct.target) as target:
        names = dict(target.execute("select schema_name || '.' || table_name, target_table from pintail.tables").fetchall())
        (shared,) = target.execute("select distinct schema_name from duckdb_tables() where lower(schema_name) = 'public'").fetchone()
    for name, table in names.items():
        assert_equal(direct, *name.split("."), shared, table)
    assert len(names) == 3


def test_a_schema_called_like_pintails_own(direct):
    """Its tables stand in another schema, also those that are called like one of the state."""
    direct.psql("""create schema pintail; create table pintail.tables (id int primary key); insert into pintail.tables values (1);
                   create table pintail.b (id int primary key); insert into pintail.b values (2)""")
    direct.run()
    direct.psql("insert into pintail.tables values (3)")
    direct.run()
    with oracle.open_target(direct.target) as target:
        (schema,) = target.execute("select distinct target_schema from pintail.tables").fetchone()
    assert schema != "pintail"
    for table in ("tables", "b"):
        assert_equal(direct, "pintail", table, schema, table)


def test_a_table_called_like_a_hidden_copy_of_another(direct):
    direct.psql("""create table "__pintail_shadow_b" (id int primary key, v text); insert into "__pintail_shadow_b" values (1, 'x');
                   create table a (id int primary key); insert into a values (1)""")
    direct.run()
    direct.psql("create table b (id int primary key, w int); insert into b values (1, 2)")
    direct.run()
    direct.run()
    for table in ("a", "b"):
        assert_equal(direct, "public", table)
    assert_equal(direct, "public", "__pintail_shadow_b", "public", "___pintail_shadow_b")


def test_patterns_that_let_no_table_through_are_said(direct):
    direct.psql("create table a (id int primary key)")
    direct.run_flags = ["--tables", "a"]
    outcome = direct.run()
    assert "no table of the source is followed yet" in outcome.stderr and "schema.table" in outcome.stderr
