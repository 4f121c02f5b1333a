"""What a target has to say before a run makes anything at the source: whose slot it is, and names that are taken."""

import duckdb
import pytest
from support import oracle
from support.direct_checks import assert_equal, of_slot, refused, sql_in, wait_for_rows
from support.sink import RunningSink, run_pintail


def by_default(flow, target, *more, command="run"):
    """With the names that pintail makes of the target's."""
    until = ["--until", "current"] if command == "run" else []
    return run_pintail(command, "--source", flow.source_url, "--target", target, *until, *more, cwd=flow.folder)


def slots(flow):
    return flow.psql("select slot_name from pg_replication_slots where database = current_database() order by 1").split()


def two_targets(flow):
    """Of one name in different folders; the name is the flow's, since slots are the server's."""
    for place in ("a", "b"):
        (flow.folder / place).mkdir()
    return [flow.folder / place / f"{flow.id}.duckdb" for place in ("a", "b")]


def test_targets_of_one_name_in_different_folders(server, flow_on):
    flow = flow_on(server)
    first, second = two_targets(flow)
    assert by_default(flow, first).code == 0
    for again in range(2):
        outcome = by_default(flow, second)
        assert outcome.code == 1 and f"slot pintail_{flow.id} is there already" in outcome.stderr, outcome
        assert not second.exists()
    plan = by_default(flow, second, "--dry-run")
    assert f"problem: slot pintail_{flow.id} is there already" in plan.stdout, plan
    own = sql_in(outcome.stderr, r"--slot \w+").split()
    assert by_default(flow, second, *own).code == 0
    flow.psql("insert into t values (101, 'for both')")
    for target in (first, second):  # each by the slot that it was loaded through
        assert by_default(flow, target).code == 0
        oracle.assert_equal(flow.dsn, target, "public", "t")
    assert slots(flow) == [f"pintail_{flow.id}", f"pintail_{flow.id}_2"]
    for target in (first, second):
        assert by_default(flow, target, command="drop").code == 0
    assert slots(flow) == []


def test_a_target_that_was_removed(server, flow_on):
    flow = flow_on(server)
    first, _ = two_targets(flow)
    assert by_default(flow, first).code == 0
    first.unlink()
    assert by_default(flow, first).code == 1
    assert by_default(flow, first, command="drop").code == 0
    assert by_default(flow, first).code == 0
    assert by_default(flow, first, command="drop").code == 0


def test_a_target_that_is_called_otherwise_now(server, flow_on):
    """It goes on through the slot that it was loaded through."""
    flow = flow_on(server)
    first, second = two_targets(flow)
    assert by_default(flow, first).code == 0
    flow.psql("insert into t values (101, 'later')")
    other = first.rename(first.with_name("another_name.duckdb"))
    assert by_default(flow, other).code == 0
    oracle.assert_equal(flow.dsn, other, "public", "t")
    assert slots(flow) == [f"pintail_{flow.id}"]
    assert by_default(flow, other, command="drop").code == 0


def test_killed_when_the_slot_was_just_made(server, flow_on):
    """Nothing is stored yet, and the slot is the target's own nevertheless."""
    flow = flow_on(server)
    first, _ = two_targets(flow)
    live = RunningSink(["run", "--source", flow.source_url, "--target", first], flow.folder, "run")
    live.wait_for_log("made at")
    live.kill()
    with duckdb.connect(str(first)) as target:
        target.execute("delete from pintail.postgres_position")
    assert by_default(flow, first).code == 0
    oracle.assert_equal(flow.dsn, first, "public", "t")
    assert by_default(flow, first, command="drop").code == 0


def test_a_table_that_pintail_did_not_make(server, flow_on):
    flow = flow_on(server)
    with duckdb.connect(str(flow.target)) as target:
        target.execute("create schema public; create table public.T as select 'mine' as v")
    plan = run_pintail(*flow.arguments("--dry-run"), cwd=flow.folder)
    assert "problem: table public.t is in the target already" in plan.stdout, plan
    refused(flow, "table public.t is in the target already", "rename or drop it")
    assert of_slot(flow, "1") == "" and flow.psql("select count(*) from pg_publication") == "0"
    with duckdb.connect(str(flow.target)) as target:
        assert target.execute("from public.T").fetchall() == [("mine",)]
        target.execute("alter table public.T rename to mine")
    flow.run()
    assert_equal(flow)


def test_an_end_that_the_server_is_far_from(server, flow_on):
    flow = flow_on(server)
    flow.start("--until", "FFFFFFFF/FFFFFFFF").wait_for_log("--until FFFFFFFF/FFFFFFFF lies beyond the server's position")
    wait_for_rows(flow, 100)
    assert_equal(flow)


@pytest.mark.parametrize("command", [("status",), ("query", "select 1")], ids=["status", "query"])
def test_no_target_is_named(folder, command):
    outcome = run_pintail(*command, cwd=folder)
    assert outcome.code == 1 and "--target" in outcome.stderr and "DUCKDB_PATH" in outcome.stderr, outcome


def test_a_slot_name_that_the_server_would_not_take(server, flow_on):
    flow = flow_on(server)
    outcome = run_pintail(*flow.arguments("--until", "current", slot="Bad Slot", source="postgres://nobody@127.0.0.1:1/none"), cwd=flow.folder)
    assert outcome.code == 2 and "lower case letters, digits and underscores" in outcome.stderr, outcome
