"""Modes of `pintail run` beside the stream: what settings may ask for, verify with --repair, resync. tests/scenario has what the stream does."""

import duckdb
import pytest
from support import oracle
from support.sink import run_pintail
from support.verification import corrupt, found, start

SETUP = ("create table t (id int primary key, v text); insert into t select i, 'v' || i from generate_series(1, 20) i;"
         "create table bag (a int, b text); alter table bag replica identity full; insert into bag values (1, 'x'), (1, 'x'), (2, 'y')")
KEPT = {"soft-delete": "select id, v, _deleted_at::varchar from public.t where _deleted order by id",
        "history": "select id, v, _op, _seq, _valid_from::varchar, _valid_to::varchar from public.t where _valid_to is not null and id <> 3 order by _seq"}


def rows(flow, sql):
    with duckdb.connect(str(flow.target), read_only=True) as target:
        return target.execute(sql).fetchall()


@pytest.fixture(params=["soft-delete", "history"])
def kept(direct, request):
    """A target that has more than the source: a deleted row, a former state."""
    direct.run_flags = ["--mode", request.param]
    direct.psql(SETUP)
    direct.run()
    direct.psql("delete from t where id = 5; update t set v = 'new' where id = 6; delete from bag where a = 2")
    direct.run()
    direct.mode = request.param
    return direct


def assert_equal(flow):
    for table in ("t", "bag"):
        assert oracle.assert_equal(flow.dsn, flow.target, "public", table, oracle.Options(mode=flow.mode)) > 0


def test_verify_compares_what_stands_and_repair_keeps_the_rest(kept):
    before = rows(kept, KEPT[kept.mode])
    assert before
    if kept.mode == "soft-delete":
        corrupt(kept, "update public.t set v = 'wrong' where id = 3", "delete from public.t where id = 2", "insert into public.t values (100, 'extra', false, null)",
                "update public.t set _deleted = true, _deleted_at = now() where id = 4", "insert into public.bag values (7, 'extra', false, null)")
        wrong = {"t": (2, 1, 1), "bag": (0, 1, 0)}
    else:
        corrupt(kept, "update public.t set v = 'wrong' where id = 3 and _valid_to is null")
        wrong = {"t": (0, 0, 1), "bag": (0, 0, 0)}
    start(kept, "t")
    tables = found(kept, code=1)
    assert {table: tuple(tables[table][what] for what in ("missing", "extra", "different")) for table in tables} == wrong
    assert {table["result"] for table in found(kept, "--repair").values()} == {"equal"}
    kept.psql("insert into t values (200, 'later')")
    kept.catch_up()
    assert_equal(kept)
    assert set(before) <= set(rows(kept, KEPT[kept.mode])), "what the mode had kept is there as it was"


def test_a_resync_keeps_what_was(kept):
    before = rows(kept, KEPT[kept.mode])
    resync = run_pintail("resync", "--target", str(kept.target), "t", "bag", cwd=kept.folder)
    assert resync.code == 0, resync
    kept.run()
    assert_equal(kept)
    assert rows(kept, KEPT[kept.mode]) == before
    start(kept, "t")
    assert {table["result"] for table in found(kept).values()} == {"equal"}


def test_settings_that_contradict_the_target_are_refused(direct):
    direct.psql(SETUP)
    direct.run("--mode", "history", "--table-mode", "public.b*=soft-delete")
    for flags, text in (([], "table public.bag is kept as soft-delete"),
                        (["--mode", "history"], "--table-mode public.bag=soft-delete")):
        assert text in direct.run(*flags, expect_code=2).stderr
    (direct.folder / "pintail.toml").write_text('mode = "soft-delete"\n[modes]\n"public.t" = "history"\n')
    direct.psql("delete from t where id = 1")
    direct.run()
    assert rows(direct, "select _op from public.t where id = 1 order by _seq") == [("snapshot",), ("delete",)]


def test_a_column_of_the_modes_name_is_refused(direct):
    direct.psql("create table t (id int primary key, _op text); insert into t values (1, 'theirs'); create table other (id int primary key)")
    refused = direct.run("--mode", "history", expect_code=2)
    assert "table public.t has a column _op" in refused.stderr and "--table-mode public.t=mirror" in refused.stderr
    direct.run("--mode", "history", "--table-mode", "public.t=mirror")
    oracle.assert_equal(direct.dsn, direct.target, "public", "t")


def stands(flow):
    return "not _deleted" if flow.mode == "soft-delete" else "_valid_to is null"


def test_a_table_without_key_comes_back_with_one(kept):
    kept.start()
    kept.psql("drop table bag; create table bag (a int primary key, b text); insert into bag values (1, 'x'), (2, 'z')")
    kept.catch_up()
    current = f"select a, b from public.bag where {stands(kept)} order by a"
    assert rows(kept, current) == [(1, "x"), (2, "z")]
    kept.psql("update bag set b = 'new' where a = 1")
    kept.catch_up()
    assert rows(kept, current) == [(1, "new"), (2, "z")]
    start(kept, "bag")
    assert {table["result"] for table in found(kept).values()} == {"equal"}


def test_a_key_becomes_narrower(direct):
    for mode in ("soft-delete", "history"):
        direct.psql(f"create table \"{mode}\" (k text primary key, w int); insert into \"{mode}\" values ('abc', 1), ('7', 2)")
    direct.run_flags = ["--mode", "history", "--table-mode", "public.soft-delete=soft-delete"]
    direct.run()
    direct.start()
    for mode in ("soft-delete", "history"):
        direct.psql(f"begin; delete from \"{mode}\" where k = 'abc'; alter table \"{mode}\" alter k type int using k::int; commit;"
                    f"insert into \"{mode}\" values (9, 9)")
    direct.catch_up()
    direct.psql('update "soft-delete" set w = w + 1 where k = 7; update history set w = w + 1 where k = 7')
    direct.catch_up()
    start(direct, "history")
    assert {table["result"] for table in found(direct).values()} == {"equal"}
    direct.stop()
    direct.psql('update "soft-delete" set w = w + 1 where k = 7; update history set w = w + 1 where k = 7')
    assert "copied again" not in direct.run().text
    for mode, stand in (("soft-delete", "not _deleted"), ("history", "_valid_to is null")):
        assert rows(direct, f'select k, w from public."{mode}" where {stand} order by k') == [("7", 4), ("9", 9)]
        assert rows(direct, f"select w from public.\"{mode}\" where k = 'abc' and w is not null") == [(1,)]
