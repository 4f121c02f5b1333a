"""Copies of tables in the direct mode: what readers see meanwhile, and that nothing is lost of what happens meanwhile."""

import re
import threading

import psycopg
import pytest
from support import oracle
from support.direct_checks import arrives
from support.sink import run_pintail, wait_until
from support.transfers import Transfers, filled, held_copy, is_copied

SUM = "select sum(v)::bigint as v from (select v from a union all select v from b union all select v from c) as moved"


def assert_equal(flow, *tables):
    return {table: oracle.assert_equal(flow.dsn, flow.target, "public", table) for table in tables}


PAIR = "create table {0} (id int primary key, a int, b int); {1} insert into {0} select i, {2}, {3} from generate_series(1, 1000) i;"
SWAPPED = "begin; alter table z rename a to c; alter table z rename b to a; alter table z rename c to b; commit"
PARTED = ("create table {0} (id int primary key, a int, b int) partition by range (id); create table {0}_all partition of {0} default;"
          "insert into {0} select i, {1}, {2} from generate_series(1, 1000) i;")
RENAMED = [
    (PAIR.format("z", "", 1, 2), SWAPPED),
    (PAIR.format("z", "", 1, 2), "alter table z rename a to was_a; alter table z add a int default 7"),
    (PAIR.format("z", "alter table z alter b type text;", 1, 2), SWAPPED),
    (PAIR.format("y", "", 3, 4) + PAIR.format("z", "", 1, 2),
     "begin; alter table z rename to x; alter table y rename to z; alter table x rename to y; commit")]
RENAMED_IDS = ["columns", "an-added-one", "other-types", "tables"]
# Roots are read by the names of their partitions, which these have kept: nothing to be copied again.
ROOTS = (PARTED.format("y", 3, 4) + PARTED.format("z", 1, 2),
         "begin; alter table z rename to x; alter table y rename to z; alter table x rename to y; commit")


def is_there(flow, question):
    """None as long as the table, or its column, is not there."""
    outcome = run_pintail("query", "--target", str(flow.target), "--format", "jsonl", question, cwd=flow.folder)
    return outcome.code == 0 and "true" in outcome.stdout


class TestFirstCopy:
    ROWS = 80_000

    def test_readers_see_all_tables_of_one_commit_or_none(self, direct, seed):
        direct.psql(filled("a", self.ROWS) + filled("b", 1000) + filled("c", 2000))
        whole = int(direct.psql(SUM))
        with Transfers(direct.dsn, ("a", "b", "c"), 1000, seed) as transfers:
            direct.start("--batch-rows", "500")
            wait_until(lambda: is_copied(direct, "a"), "rows of the first table have come")
            # b is whole long before a, and neither is there before all are.
            answers = []
            while answers.count(whole) < 30:
                found = direct.query(SUM)
                answers.append(found and int(found[0]["v"]))
                at_once = [direct.query(f"select count(*) as n from {table}") is None for table in "abc"]
                assert answers[-1] is None or not any(at_once), "a table has gone again"
            assert None in answers, "the copy was over before anybody asked"
            assert set(answers) == {None, whole}, answers
            assert answers == sorted(answers, key=lambda answer: answer is not None), "shown, then gone again"
            committed = transfers.committed
            wait_until(lambda: transfers.committed > committed + 100, "transfers go on")
        direct.catch_up()
        assert_equal(direct, "a", "b", "c")

    def test_status_says_that_a_table_is_not_shown_yet(self, direct):
        direct.psql(filled("a", self.ROWS))
        direct.start("--batch-rows", "500")
        wait_until(lambda: is_copied(direct, "a"), "rows have come")
        assert direct.query("select 1 from a limit 1") is None
        wait_until(lambda: direct.query("select 1 from a limit 1") is not None, "it is shown")
        assert direct.status_of("public.a")["shown"]
        direct.stop()

    @pytest.mark.parametrize("change", [
        "truncate z", "alter table z alter v type numeric", "drop table z", "alter table z drop column note",
        "alter table z rename column note to remark", "alter table z add column more int default 5; update z set v = 2 where id = 1",
        "truncate z; insert into z values (7, 7, 'seven')"])
    def test_a_table_that_changes_before_it_is_read_is_copied_again(self, direct, change):
        """One connection copies a first; z has to wait, and its snapshot is worth nothing any more."""
        direct.psql(filled("a", self.ROWS) + filled("z", 1000))
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        wait_until(lambda: is_copied(direct, "a"), "a is being copied")
        direct.psql(change)
        assert direct.query("select 1 from a limit 1") is None, "the copy of a was over too early"
        wait_until(lambda: direct.query("select 1 from a limit 1") is not None, "the tables are shown")
        log = direct.live.log
        assert direct.live.alive, log
        if "add column" not in change:
            assert "was altered or dropped while its copy was being prepared" in log
        direct.catch_up()
        tables = [table for _, table in direct.tables()]
        assert_equal(direct, *tables)
        assert "drop table" not in change or direct.query("select 1 from z") is None


    @pytest.mark.parametrize("tables, change", [*RENAMED, (PARTED.format("z", 1, 2), SWAPPED)], ids=[*RENAMED_IDS, "of-partitions"])
    def test_names_that_change_hands_before_the_table_is_read(self, direct, tables, change):
        """COPY would find the columns by their new names, and the renaming be done a second time."""
        direct.psql(filled("a", self.ROWS) + filled("m", 10) + tables)
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        with held_copy(direct, "a", "m"):
            direct.psql(change)
        wait_until(lambda: direct.query("select 1 from a limit 1") is not None, "the tables are shown")
        assert "was altered or dropped while its copy was being prepared" in direct.live.log
        direct.catch_up()
        assert_equal(direct, *[table for _, table in direct.tables()])

    @pytest.mark.parametrize("change", [ROOTS[1], "alter table z detach partition z_all; update z_all set a = 9; alter table y detach partition y_all"],
                             ids=["roots", "detached"])
    def test_partitioned_tables_before_they_are_read(self, direct, change):
        direct.psql(filled("a", self.ROWS) + filled("m", 10) + ROOTS[0])
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        with held_copy(direct, "a", "m"):
            direct.psql(f"{change}; insert into a values (-1, 1, 'after it')")
        wait_until(lambda: direct.query("select 1 from a where id = -1"), "the tables are shown")
        direct.catch_up()
        assert_equal(direct, *[table for _, table in direct.tables()])


class TestBesideTheStream:
    ROWS = 80_000

    @pytest.fixture
    def running(self, direct):
        direct.psql("create table other (id int primary key); insert into other values (0)")
        direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
        wait_until(lambda: direct.query("select 1 from other"), "the first copy is shown")
        return direct

    def test_others_arrive_before_a_new_table_is_shown(self, running):
        # A transaction that runs holds up the snapshot of the new table, and nothing else.
        with psycopg.connect(running.dsn) as long:
            long.execute("insert into other values (-1)")
            running.psql(filled("big", self.ROWS) + filled("last", 10))
            slots = f"select count(*) from pg_replication_slots where database = '{running.id}' and temporary"
            wait_until(lambda: running.psql(slots) == "1", "the new table's slot is being made")
            arrives(running, 1)
            assert running.query("select 1 from big limit 1") is None
        with held_copy(running, "big", "last"):
            arrives(running, 2)
            assert running.query("select 1 from big limit 1") is None
            refusal = run_pintail("query", "--target", running.target, "select 1 from big", cwd=running.folder)
            assert refusal.code != 0 and "are copied for the first time are not shown yet" in refusal.stderr, refusal
        wait_until(lambda: running.query("select 1 from big limit 1") is not None, "the new tables are shown")
        running.catch_up()
        assert_equal(running, "other", "big", "last")

    @pytest.mark.parametrize("tables, change", RENAMED[1:3], ids=RENAMED_IDS[1:3])
    def test_names_that_change_hands_before_a_new_table_is_read(self, running, tables, change):
        running.psql(f"begin; {filled('a', self.ROWS)} {filled('m', 10)} {tables} commit")
        with held_copy(running, "a", "m"):
            running.psql(change)
        wait_until(lambda: running.query("select 1 from a limit 1") is not None, "the tables are shown")
        assert "was altered or dropped while its copy was being prepared" in running.live.log
        arrives(running, 1)
        wait_until(lambda: running.query("select 1 from z limit 1") is not None, "z is shown, too")
        running.catch_up()
        assert_equal(running, *[table for _, table in running.tables()])

    def test_changes_of_new_tables_while_they_are_copied(self, running):
        """Updates, deletes, changes of keys, a truncate, a rollback, a new column: kept aside, then applied to the copy."""
        running.psql(filled("big", self.ROWS) + filled("bag", 2000, "alter table bag drop constraint bag_pkey; alter table bag replica identity full;")
                     + filled("small", 2000) + filled("zz", 10))
        with held_copy(running, "big", "zz"):
            for done in range(1, 21):
                running.psql(f"""
                    begin;
                    update big set v = v + 1 where id % 1000 = {done};
                    delete from big where id % 1000 = {done + 300};
                    update big set id = id + 10000000, note = 'moved' where id % 1000 = {done + 600};
                    insert into big select 20000000 + {done} * 100 + i, i, 'new' from generate_series(1, 100) i;
                    update bag set v = {done} where id % 50 = {done};
                    delete from bag where id % 100 = {done};
                    insert into bag select i % 3, {done}, 'twice' from generate_series(1, 20) i;
                    update other set id = -id where id = 0;
                    commit;
                    begin; delete from big where id < 1000; rollback;
                    insert into other values ({done});""")
            arrives(running, 1000)
            assert running.query("select 1 from big limit 1") is None
        # Waits for the copy's locks.
        running.psql("alter table big add column more int default 7; update big set v = 0 where id = 3; truncate small; insert into small values (1, 1, 'one')")
        wait_until(lambda: running.query("select 1 from big limit 1") is not None, "the new table is shown")
        kept = re.findall(r"(\d+) bytes of their changes kept aside", running.live.log)
        assert sum(map(int, kept)) > 0, running.live.log
        running.catch_up()
        assert_equal(running, "other", "big", "bag", "small", "zz")

    def test_a_big_transaction_over_a_copied_table_and_another(self, running):
        """It outgrows a batch and the server's memory, and comes as one for readers of both."""
        running.psql(filled("big", self.ROWS) + filled("zz", 10))
        with held_copy(running, "big", "zz"), psycopg.connect(running.dsn) as source:
            source.execute("update big set v = v + 1 where id <= 30000")
            source.execute("insert into other select i from generate_series(100000, 1200000) i")
            with pytest.raises(ZeroDivisionError), source.transaction():
                source.execute("delete from big where id <= 30000")
                raise ZeroDivisionError
            source.commit()
            arrives(running, 1)
        both = ("select (select count(*) from big where v = 1001) as updated, (select count(*) from other where id >= 100000) as inserted")
        answers = []
        wait_until(lambda: answers.append(running.query(both)) or (answers[-1] and answers[-1][0]["inserted"] in (1100001, "1100001")), "the transaction arrives")
        shown = {tuple(int(n) for n in answer[0].values()) for answer in answers if answer}
        assert shown <= {(30000, 1100001)}, shown
        running.catch_up()
        assert_equal(running, "other", "big")

    @pytest.mark.parametrize("change, shown", [
        ("alter table aaa alter v type numeric", "select typeof(v) = 'VARCHAR' as there from aaa limit 1"),
        ("alter table aaa rename column note to remark", "select count(remark) > 0 as there from aaa")])
    def test_a_new_shape_while_others_are_copied(self, running, change, shown):
        """One that cannot be followed begins the copy again; a renamed column is renamed in the hidden copy."""
        running.psql(filled("aaa", 10) + filled("big", self.ROWS) + filled("zz", 10))
        with held_copy(running, "big", "zz"):
            # aaa was read before: the copy's lock makes the statement wait until all are.
            changing = threading.Thread(target=running.psql, args=(f"{change}; insert into aaa values (100, 1, 'after')",))
            changing.start()
            arrives(running, 1)
        changing.join()
        arrives(running, 2)
        wait_until(lambda: is_there(running, shown), "the new shape is shown")
        running.catch_up()
        assert_equal(running, "other", "big", "aaa")

    def test_a_table_is_copied_again_while_others_go_on(self, running):
        running.psql(filled("big", self.ROWS) + filled("zz", 10))
        wait_until(lambda: running.query("select 1 from zz limit 1") is not None, "the new tables are shown")
        running.psql("begin; alter table big alter v type numeric; alter table zz alter v type numeric;"
                     "update big set v = 5 where id <= 10; update zz set v = 5; commit")
        with held_copy(running, "big", "zz"):
            running.psql("update big set v = 6 where id <= 5; delete from big where id = 6")
            arrives(running, 1)
            assert running.query("select note from big where id = 1 and v = 1000"), "it was shown before its copy was whole"
        wait_until(lambda: "VARCHAR" in str(running.query("select typeof(v) from zz limit 1")), "the new copies are shown")
        running.catch_up()
        assert_equal(running, "other", "big", "zz")
