"""A target file that is deleted, moved away or replaced while pintail writes to it: the run ends, and the source has heard of nothing
that is not in the file."""

import shutil

import pytest
from support.direct_checks import assert_equal, ended, of_slot, wait_for_rows
from support.sink import run_pintail


def put_away(flow, how):
    if how == "deleted":
        flow.target.unlink()
    else:
        flow.target.rename(flow.folder / "elsewhere.duckdb")
    if how == "replaced":
        shutil.copy(flow.folder / "elsewhere.duckdb", flow.target)


def begun(flow):
    flow.start()
    wait_for_rows(flow, 100)


@pytest.mark.parametrize("traffic", ["idle", "busy"])
@pytest.mark.parametrize("how", ["deleted", "moved", "replaced"])
def test_the_run_ends(server, flow_on, how, traffic):
    flow = flow_on(server)
    begun(flow)
    put_away(flow, how)
    put_away_at = flow.psql("select pg_current_wal_insert_lsn()")
    if traffic == "busy":
        flow.psql("update t set v = 'not in the file'")
    log = ended(flow)
    assert ("is another file now" if how == "replaced" else "is gone") in log
    assert "pintail drop" in log and "put it back" in log
    assert of_slot(flow, f"confirmed_flush_lsn <= '{put_away_at}'") == "t", "confirmed what no file has"


def test_one_that_is_put_back_goes_on(server, flow_on):
    flow = flow_on(server)
    begun(flow)
    put_away(flow, "moved")
    flow.psql("update t set v = 'later'")
    ended(flow)
    (flow.folder / "elsewhere.duckdb").rename(flow.target)
    flow.run()
    assert_equal(flow)


def test_one_that_is_lost_begins_anew(server, flow_on):
    flow = flow_on(server)
    begun(flow)
    put_away(flow, "deleted")
    ended(flow)
    assert run_pintail(*flow.arguments(command="drop"), cwd=flow.folder).code == 0
    flow.run()
    assert_equal(flow)
