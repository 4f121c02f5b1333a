"""`pintail verify` over every type: equal where the target is right, and one cell of each column that was changed is found."""

import json

import duckdb
import pytest
from support.sink import run_pintail, wait_until

# type, values that both sides hold, and what a corrupted cell gets in the target (SQL of DuckDB; {c} is the column)
TYPES = [
    ("boolean", ["true", "false"], "NOT {c}"),
    ("smallint", ["0", "-32768", "32767"], "{c} + 1"),
    ("integer", ["0", "-2147483648", "2147483646"], "{c} + 1"),
    ("bigint", ["0", "-9223372036854775808", "9223372036854775806"], "{c} + 1"),
    ("oid", ["0", "4294967294"], "{c} + 1"),
    ("real", ["0", "'-0'", "1.5", "3.4028235e38", "1e-45", "'NaN'", "'Infinity'", "'-Infinity'", "0.1"], "0.5"),
    ("double precision", ["'-0'", "0", "0.1", "1e308", "5e-324", "123456789.123456789", "'NaN'", "'Infinity'", "'-Infinity'"], "0.5"),
    ("numeric(12,2)", ["0", "-0.01", "9999999999.99", "1.5"], "{c} + 0.01"),
    ("numeric(38,10)", ["0.0000000001", "-1234567890123456789012345678.9012345678"], "{c} - 0.0000000001"),
    ("numeric(2,2)", ["0.5", "-0.25", "0"], "{c} + 0.01"),
    ("numeric(38,38)", ["0." + "1" * 38, "-0." + "0" * 37 + "1", "0"], "-{c}"),
    ("numeric", ["0", "1.50", "123456789012345678901234567890123456789012345.0001", "'NaN'"], "{c} || '0'"),
    ("money", ["0", "-12.34", "92233720368547758.07"], "-{c} - 1"),
    ("text", ["''", "'~'", "'a,b'", "E'\\x01\\x1f\\n'", "'é😀'", "'x1:y'"], "{c} || 'x'"),
    ("varchar(20)", ["''", "'abc'"], "upper({c}) || 'x'"),
    ("char(5)", ["''", "'ab'"], "rtrim({c}) || 'x'"),
    ("\"char\"", ["'a'"], "'b'"),
    ("name", ["'n'"], "'m'"),
    ("bytea", ["''", "'\\x00ff'", "decode(repeat('ab', 3000), 'hex')"], "{c} || '\\x01'::BLOB"),
    ("bit(3)", ["b'101'"], "'100'::BIT"),
    ("varbit", ["b'1'", "b'0010110'"], "'111'::BIT"),
    ("uuid", ["'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-4fff-bfff-ffffffffffff'"], "'11111111-0000-0000-0000-000000000000'"),
    ("json", ["'{\"a\" : [1, 2.50]}'", "'null'"], "'{}'"),
    ("jsonb", ["'{\"b\": \"é\", \"a\": null}'"], "'{}'"),
    ("date", ["'1970-01-01'", "'0044-03-15 BC'", "'4714-11-24 BC'", "'5874897-12-31'", "'infinity'", "'-infinity'", "'12024-02-29'"], "'2001-01-01'"),
    ("time", ["'00:00'", "'24:00'", "'12:34:56.12'", "'23:59:59.999999'"], "'01:02:03'"),
    ("timetz", ["'00:00+00'", "'12:34:56.5+02:30'", "'24:00-15:59'", "'01:00+05:30:15'", "'12:00:00+05:00:30'", "'00:00+00:00:07'", "'24:00-01:00:09'"], "'01:02:03+00'"),
    ("timestamp", ["'1970-01-01'", "'0044-03-15 12:00 BC'", "'4713-01-02 BC'", "'12024-01-01 00:00:00.000001'", "'infinity'", "'-infinity'", "'294246-12-31'"],
     "'2001-01-01'"),
    ("timestamptz", ["'1970-01-01 00:00+02'", "'0044-03-15 12:00+00 BC'", "'infinity'", "'-infinity'", "'2024-10-27 02:30:00.123+02'"], "'2001-01-01 00:00:00+00'"),
    ("interval", ["'0'", "'1 month'", "'30 days'", "'-14 months 3 days -04:05:06.789'", "'1000 hours'"], "INTERVAL 1 DAY + INTERVAL 77 HOUR"),
    ("integer[]", ["'{}'", "'{1,null,3}'", "'{-5}'"], "list_append({c}, 1)"),
    ("text[]", ["'{}'", "array['', '~', 'a,b', null, 'é']"], "list_append({c}, '')"),
    ("numeric(10,2)[]", ["'{1.5,2}'"], "list_append({c}, 1)"),
    ("numeric(2,2)[]", ["'{0.5,-0.25,0,null}'"], "list_append({c}, 0.11)"),
    ("timetz[]", ["'{12:00:00+05:00:30,00:00-00:00:07,null}'"], "['12:00:00+05:30'::TIMETZ]"),
    ("timestamptz[]", ["'{2024-01-01 00:00+00,infinity}'"], "[]"),
    ("bytea[]", ["array['\\x00'::bytea, '\\xff']"], "[]"),
    ("double precision[]", ["'{-0,NaN,0.1}'"], "[0.0]"),
    ("inet", ["'10.0.0.1'", "'10.0.0.0/8'", "'::1'"], "{c} || '1'"),
    ("cidr", ["'10.0.0.0/8'"], "{c} || '1'"),
    ("macaddr", ["'08:00:2b:01:02:03'"], "'x'"),
    ("point", ["'(1,2.5)'"], "'(1,2)'"),
    ("int4range", ["'[1,5)'", "'empty'"], "'empty!'"),
    ("tsvector", ["'a:1 b:2'"], "'a'"),
    ("xml", ["'<a/>'"], "'<b/>'"),
    ("pg_lsn", ["'0/1'"], "'0/2'"),
    ("hstore", ["'a=>1'", "''", """'"b \\"\\\\é"=>"c=>,\\"", n=>NULL, "NULL"=>"NULL", ""=>""'""", "hstore(E'\\x01\\n', E'\\x1f\\t')"], "'{\"a\":\"2\"}'"),
    ("hstore[]", ["array['a=>1'::hstore, null, '', 'b=>NULL']"], "['{\"a\":1}']"),
    ("mood", ["'sad'", "'happy'"], "'sad and happy'"),
    ("pair", ["row(1, 'a,b')", "row(null, null)"], "'(1,)'"),
    ("pair[]", ["array[row(1, 'a,b')::pair, row(null, null)::pair, null]", "'{}'", """array[row(2, E'"\\\\'), row(3, '')]::pair[]"""], "['(1,\"a,b\")', NULL, NULL]"),
    ("small_pair[]", ["array[row(1, 'x')::pair::small_pair, null]"], "['(1,y)', NULL]"),
    ("nest[]", ["array[row(row(1, 'x'), array[row(2, 'y, z')::pair])::nest]"], "[]"),
    ("positive[]", ["'{1,7,null}'"], "[1, 7]"),
    ("few", ["'{1,2}'"], "[1, 3]"),
    ("positive", ["1", "7"], "{c} + 1"),
]


def setup():
    columns = ", ".join(f"c{i} {type_}" for i, (type_, _, _) in enumerate(TYPES))
    statements = ["create extension hstore; create extension citext", "create type mood as enum ('sad', 'happy'); create type pair as (a int, b text); create domain positive as int check (value > 0); "
                  "create domain small_pair as pair check ((value).a < 9); create type nest as (p pair, ps pair[]); create domain few as int[];",
                  f"create table t (id int primary key, {columns}); insert into t(id) values (0)"]
    return "; ".join(statements)


def rows(first):
    most = max(len(values) for _, values, _ in TYPES)
    cells = [", ".join(values[row % len(values)] for _, values, _ in TYPES) for row in range(most)]
    return "; ".join(f"insert into t values ({first + row}, {line})" for row, line in enumerate(cells))


@pytest.fixture(scope="module")
def whole_flow(server, run_folder):
    from support.direct_flow import DirectFlow
    folder = run_folder / f"verify-types-{server.postgres.port}"
    flow = DirectFlow(server, folder)
    flow.psql(setup())
    flow.psql(rows(1))
    for index, (type_, keys, _) in enumerate(KEYS):
        rows_of_keys = ", ".join(f"({key}, 1)" for key in keys)
        flow.psql(f"create table k{index} (k {type_} primary key, v int); insert into k{index} values {rows_of_keys}")
    flow.run()
    flow.psql(rows(101))
    flow.run()
    yield flow
    flow.close()


# type, keys that both sides hold, and one that only the target gets (SQL of DuckDB)
KEYS = [
    ("numeric(2,2)", ["0.5", "-0.25"], "0.11"),
    ("timetz", ["'12:00:00+05:00:30'", "'00:00-01:00:09'"], "'00:00:00+00:00:07'::TIMETZ"),
    ("integer[]", ["'{1,2}'", "'{}'"], "[3, NULL]"),
    ("text[]", ["array['a,b', '']"], """['"', '\\', ' x', 'null', NULL, '', '{', 'y', 'é', chr(11), 'a,b']"""),
    ("timestamptz[]", ["'{2024-01-01 00:00+00}'"], "['0044-03-15 (BC) 12:00:00+00'::TIMESTAMPTZ, 'infinity']"),
    ("bytea[]", ["array['\\x00'::bytea]"], "['\\x01\\xFF'::BLOB]"),
    ("hstore", ["'a=>1'", "''"], """'{"b":null,"c d":"\\"e"}'"""),
    ("hstore[]", ["array['a=>1'::hstore]"], """['{"b":null}', NULL]"""),
    ("citext", ["'Abc'", "'d'"], "'abc'"),
    ("numeric", ["1.5", "2"], "'1.50'"),
    ("double precision[]", ["'{1.5,NaN,-0}'"], "['infinity', -0.0, 1e300]"),
    ("money[]", ["'{1.5}'"], "[2.5]"),
]


def found(flow, code, *more, table="t"):
    flow.start()
    wait_until(lambda: flow.query("select 1 from t limit 1") is not None, "it runs")
    outcome = run_pintail("verify", "--target", str(flow.target), "--json", "--values", *more, table, cwd=flow.folder)
    flow.stop()
    assert outcome.code == code, outcome
    return [event for event in json.loads(outcome.stdout)["events"] if event["event"] == "table"]


def test_all_that_was_copied_or_streamed_is_equal(whole_flow):
    report, = found(whole_flow, 0)
    assert not report["left_out"] and report["rows"]["source"] > 15


def test_a_changed_cell_of_each_type_is_found(whole_flow):
    with duckdb.connect(str(whole_flow.target)) as target:
        for index, (type_, _, change) in enumerate(TYPES):
            column = f"c{index}"
            changed = target.execute(f"update public.t set {column} = {change.replace('{c}', column)} where id = 1")
            assert changed.fetchone()[0] == 1, type_
        target.execute("update public.t set c0 = null where id = 101")
    report, = found(whole_flow, 1)
    differences = {row["key"]["id"]: row for row in report["differences"]}
    assert set(differences) == {"1", "101"}
    columns = {cell["column"] for cell in differences["1"]["columns"]}
    missed = [type_ for index, (type_, _, _) in enumerate(TYPES) if f"c{index}" not in columns]
    assert not missed
    assert [cell["column"] for cell in differences["101"]["columns"]] == ["c0"]


@pytest.mark.parametrize("index", range(len(KEYS)), ids=[type_ for type_, _, _ in KEYS])
def test_rows_are_repaired_under_keys_of_each_type(whole_flow, index):
    table = f"k{index}"
    with duckdb.connect(str(whole_flow.target)) as target:
        assert target.execute(f"select count(*) from public.{table}").fetchone()[0] == len(KEYS[index][1])
        target.execute(f"update public.{table} set v = 2")
        target.execute(f"insert into public.{table} select {KEYS[index][2]} as k, 3 as v")
    before, after = found(whole_flow, 0, "--repair", table=table)
    assert (before["different"], before["extra"], before["missing"]) == (len(KEYS[index][1]), 1, 0), before
    assert after["result"] == "equal", after
