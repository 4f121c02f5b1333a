"""kill -9 of the direct mode while tables are copied: what was whole is kept, the rest is copied anew, nothing is lost."""

import duckdb
from support import oracle
from support.sink import wait_until
from support.transfers import Transfers, filled, held_copy

ROWS = 80_000
BIG = 300_000  # long enough under way to be met there on a busy machine
SMALL = ("a", "b", "c")
SUM = " + ".join(f"(select sum(v) from {table})" for table in (*SMALL, "z"))


def assert_all_equal(flow, *tables):
    for table in tables:
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


def copies(flow):
    """table -> (point of its copy, whether it is whole), from the target that nobody has open."""
    with duckdb.connect(str(flow.target), read_only=True) as target:
        rows = target.execute("select table_name, snapshot_lsn, not snapshot_open, columns is not null from pintail.tables").fetchall()
    assert not any(shown for *_, shown in rows), "a table is shown before all are whole"
    return {table: (lsn, whole) for table, lsn, whole, _ in rows}


def whole_tables(flow):
    found = flow.query("select count(*)::int as n from pintail.tables where not snapshot_open")
    return int(found[0]["n"]) if found else 0


def copy_point(flow, table):
    """Of the copy that is under way; 0: none is."""
    found = flow.query(f"select coalesce(max(snapshot_lsn), 0)::bigint as lsn from pintail.tables where table_name = '{table}' and snapshot_open")
    return int(found[0]["lsn"]) if found else 0


def kill_while_one_is_unfinished(flow, begun_after=0):
    flow.start("--batch-rows", "500", "--snapshot-jobs", "2")
    wait_until(lambda: whole_tables(flow) == len(SMALL) and copy_point(flow, "z") > begun_after, "only the big one is unfinished")
    assert flow.query("select 1 from a") is None
    flow.kill()
    return copies(flow)


def test_kill_during_the_first_copy(direct, seed):
    direct.psql("".join(filled(table, 1000) for table in SMALL) + filled("z", BIG))
    whole = int(direct.psql("select " + SUM))
    with Transfers(direct.dsn, (*SMALL, "z"), 900, seed):
        first = kill_while_one_is_unfinished(direct)
        assert [table for table in first if not first[table][1]] == ["z"], first
        second = kill_while_one_is_unfinished(direct, begun_after=first["z"][0])
        assert {table: second[table] for table in SMALL} == {table: first[table] for table in SMALL}, "copied again"
        assert second["z"][0] > first["z"][0] and not second["z"][1], (first, second)
        direct.psql("insert into b values (5000, 0, 'new'); update c set id = id + 10000 where id > 950")
        direct.start("--batch-rows", "500")
        question = f"select ({SUM})::bigint as v"
        wait_until(lambda: direct.query(question), "the tables are shown")
        assert "3 tables copied before" in direct.live.log
        answers = {int(direct.query(question)[0]["v"]) for _ in range(20)}
    assert answers == {whole}
    direct.catch_up()
    assert_all_equal(direct, *SMALL, "z")


def test_kill_again_and_again_during_the_first_copy(direct):
    direct.psql("".join(filled(table, ROWS // 4) for table in SMALL) + filled("z", ROWS // 2))
    for _ in range(6):
        direct.start("--batch-rows", "500")
        wait_until(lambda: direct.status_of("public.a"), "something has come")
        direct.psql("update a set v = v + 1 where id % 100 = 0; delete from z where id % 1000 = 1; insert into b select max(id) + 1, 0, 'x' from b")
        direct.kill()
    direct.run()
    assert_all_equal(direct, *SMALL, "z")


def test_kill_during_the_copy_of_new_tables(direct):
    direct.psql(filled("a", 1000))
    direct.run()
    direct.psql(filled("y", ROWS) + filled("z", 10))
    for number in range(3):
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        with held_copy(direct, "y", "z"):
            direct.psql(f"update y set v = v + 1 where id % 10 = {number}; delete from y where id % 100 = {number};"
                        f"insert into a values (5000 + {number}, 1, 'after')")
            wait_until(lambda: direct.query(f"select id from a where id = 5000 + {number}"), "the other table goes on")
            assert direct.query("select 1 from y limit 1") is None
            direct.kill()
        direct.psql("update a set v = v + 1 where id = 1; update z set v = v + 1")
    direct.start()
    wait_until(lambda: direct.query("select 1 from y limit 1") is not None, "the new tables are shown")
    direct.catch_up()
    assert_all_equal(direct, "a", "y", "z")


def test_kill_during_the_copy_of_tables_that_are_shown(direct):
    direct.psql(filled("a", 1000) + filled("y", ROWS) + filled("z", 10))
    direct.run()
    direct.psql("begin; alter table y alter v type numeric; alter table z alter v type numeric;"
                "update y set v = 1 where id = 1; update z set v = 1; commit")
    for number in range(3):
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        with held_copy(direct, "y", "z"):
            direct.psql(f"update y set v = v + 1 where id % 10 = {number}; insert into a values (5000 + {number}, 1, 'after')")
            wait_until(lambda: direct.query(f"select id from a where id = 5000 + {number}"), "the other table goes on")
            assert direct.query("select note from y where id = 1 and v = 1000"), "it was shown before its copy was whole"
            direct.kill()
    direct.catch_up()
    assert_all_equal(direct, "a", "y", "z")
