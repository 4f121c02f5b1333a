"""`pintail resync`: tables are copied again, by the running pintail or by the next one, while all others go on."""

import subprocess

import pytest
from support import oracle
from support.sink import PINTAIL, run_pintail, wait_until
from support.transfers import Transfers, filled, held_copy
from support.verification import corrupt

SUM = "select sum(v)::bigint as v from (select v from a union all select v from b union all select v from c) as moved"


def resync(flow, *tables):
    return run_pintail("resync", "--target", str(flow.target), *tables, cwd=flow.folder)


def assert_equal(flow, *tables):
    for table in tables:
        oracle.assert_equal(flow.dsn, flow.target, "public", table)


def differs(flow, table):
    with pytest.raises(AssertionError):
        oracle.assert_equal(flow.dsn, flow.target, "public", table)
    return True


@pytest.fixture
def corrupted(direct):
    direct.psql(filled("a", 20_000) + filled("b", 1000) + filled("c", 1000))
    direct.run()
    corrupt(direct, "update public.a set note = 'flipped' where id % 100 = 1", "delete from public.a where id = 77", "insert into public.a values (-5, 0, 'extra')")
    assert differs(direct, "a")
    return direct


def test_a_running_pintail_copies_under_load(corrupted, seed):
    whole = corrupted.psql(SUM)
    with Transfers(corrupted.dsn, ("a", "b", "c"), 1000, seed) as transfers:
        corrupted.start("--batch-rows", "500")
        wait_until(lambda: transfers.committed > 50, "transfers go on")
        done = resync(corrupted, "a", "public.b")
        assert done.code == 0, done
        assert "public.a: copied as of" in done.stdout and "public.b: copied as of" in done.stdout, done
        assert corrupted.query(SUM)[0]["v"] in (whole, int(whole))
        before = transfers.committed
        wait_until(lambda: transfers.committed > before + 50, "transfers go on behind it")
    corrupted.catch_up()
    assert_equal(corrupted, "a", "b", "c")


def test_the_next_run_copies_what_nobody_could(corrupted):
    noted = resync(corrupted, "a")
    assert noted.code == 0 and "the next `pintail run` copies it" in noted.stdout, noted
    assert differs(corrupted, "a"), "what is noted is still shown"
    corrupted.run()
    assert_equal(corrupted, "a", "b", "c")


def test_killed_in_the_middle(direct):
    direct.psql(filled("a", 80_000) + filled("b", 1000) + filled("c", 1000))
    direct.run()
    corrupt(direct, "insert into public.a values (-5, 0, 'extra')")
    direct.start("--batch-rows", "500", "--snapshot-jobs", "1")
    wait_until(lambda: direct.query("select 1 from a limit 1"), "it runs")
    asking = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", str(PINTAIL), "resync", "--target", str(direct.target), "a", "b"],
                              cwd=direct.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with held_copy(direct, "a", "b"):
        direct.psql("update a set v = v + 1 where id <= 500; insert into c values (100000, 1, 'meanwhile')")
        wait_until(lambda: direct.query("select 1 from c where id = 100000"), "another table goes on")
        assert direct.query("select 1 from a where id = -5"), "it was shown before its copy was whole"
        direct.kill()
    out, error = asking.communicate(timeout=60)
    assert asking.returncode == 1 and "does not answer" in error, (out, error)
    assert out == "noted; the copy begins\n"
    direct.run()
    assert_equal(direct, "a", "b", "c")


def test_what_is_refused(corrupted):
    absent = resync(corrupted, "a", "nosuch")
    assert absent.code == 2 and "public.nosuch is not in the target" in absent.stderr, absent
    corrupted.start()
    wait_until(lambda: corrupted.query("select 1 from a limit 1"), "it runs")
    absent = resync(corrupted, "a", "nosuch")
    assert absent.code == 2 and "public.nosuch is not one that this pintail follows" in absent.stderr, absent
    wait_until(lambda: corrupted.query("select 1 from b limit 1"), "it goes on")
    assert corrupted.query("select 1 from a where id = -5"), "one unknown name and nothing is copied"
    corrupted.stop()
