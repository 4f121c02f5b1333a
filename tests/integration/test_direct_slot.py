"""What the server keeps for the slot: watched, shown, bounded by --max-wal; and a slot that nobody writes for still advances."""

import contextlib
import json
import re
import time

import psycopg
import pytest
from support.direct_checks import assert_equal, begin_anew, ended, of_slot, refused, wait_for_rows
from support.own_postgres import write_log
from support.sink import run_pintail, wait_until

MIB = 1 << 20


@contextlib.contextmanager
def open_transaction(flow):
    """As long as it is open the server keeps its log."""
    with psycopg.connect(flow.dsn) as connection:
        connection.execute("insert into t values (0, 'late')")
        yield connection


def status(flow):
    outcome = run_pintail("status", "--json", "--target", str(flow.target), cwd=flow.folder)
    assert outcome.code == 0, outcome
    return json.loads(outcome.stdout)


def slot_log(flow):
    return status(flow)["pipeline"]["slot_log"] or {"retained_bytes": 0}


def test_warn(server, flow_on):
    flow = flow_on(server)
    live = flow.start("--max-wal", "40MiB")
    wait_for_rows(flow, 100)
    with open_transaction(flow):
        write_log(server, 30)
        live.wait_for_log("more than half of --max-wal 40.0 MiB")
        write_log(server, 30)
        live.wait_for_log("more than --max-wal 40.0 MiB")
        shown = wait_until(lambda: (log := slot_log(flow))["retained_bytes"] > 40 * MIB and log, "the status shows it")
        assert shown["slot"] == flow.id and shown["budget_bytes"] == 40 * MIB and shown["wal_status"] in ("reserved", "extended"), shown
        text = run_pintail("status", "--target", str(flow.target), cwd=flow.folder).stdout
        assert "slot's log" in text and "budget 40.0 MiB" in text, text
        doctor = run_pintail(*flow.arguments("--max-wal", "40MiB", command="doctor"), cwd=flow.folder)
        assert doctor.code == 1 and "of log for slot" in doctor.stdout and "more than --max-wal 40.0 MiB" in doctor.stdout, doctor
        assert live.alive
    wait_for_rows(flow, 101)
    assert_equal(flow)


def test_safe_wal_size(own, flow_on):
    flow = flow_on(own(max_slot_wal_keep_size="100MB"))
    flow.start()
    assert wait_until(lambda: slot_log(flow).get("safe_wal_size"), "the status shows what is left") <= 200 * MIB
    assert "left until" in run_pintail("status", "--target", str(flow.target), cwd=flow.folder).stdout
    flow.stop()


def test_stop(server, flow_on):
    """Ends in good order: what was read is stored, the slot stays, a larger budget goes on from there."""
    flow = flow_on(server)
    flow.start("--max-wal", "30MB:stop")
    wait_for_rows(flow, 100)
    with open_transaction(flow):
        flow.psql("insert into t values (101, 'before the end')")
        write_log(server, 50)
        log = ended(flow)
    assert "30MB" not in log and "more than --max-wal 28.6 MiB allows: ended as configured" in log and "larger --max-wal" in log, log
    assert of_slot(flow, "1") == "1"
    flow.run("--max-wal", "10GB:stop")
    assert_equal(flow)


def test_drop_slot(server, flow_on):
    """The server is free of the slot; the next run says that there is a gap."""
    flow = flow_on(server)
    flow.start("--max-wal", "30MB:drop-slot")
    wait_for_rows(flow, 100)
    with open_transaction(flow):
        write_log(server, 50)
        log = ended(flow)
    assert "the slot was dropped as configured" in log and "must be copied anew" in log, log
    assert of_slot(flow, "1") == ""
    begin_anew(flow, refused(flow, f"slot {flow.id} is missing"))


@pytest.mark.parametrize("wrong", ["much", "1GB:perhaps", "0"])
def test_budgets_that_are_none(folder, wrong):
    outcome = run_pintail("run", "--max-wal", wrong, cwd=folder)
    assert outcome.code == 2 and "such as 50GB or 50GB:stop" in outcome.stderr, outcome


def lsn(text):
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low or "0", 16)


def test_an_idle_slot_advances(server, flow_on):
    """Only another database writes: the slot lets go of its log, and never moves beyond what the target has stored."""
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    first = lsn(of_slot(flow, "confirmed_flush_lsn"))
    write_log(server, 40)

    def moved():
        # In this order: what is confirmed was stored before.
        confirmed = lsn(of_slot(flow, "confirmed_flush_lsn"))
        stored = lsn(status(flow)["position"]["commit_end"])
        assert confirmed <= stored, "confirmed before it was stored"
        server.postgres.psql("checkpoint", "postgres")  # which logs what runs: from there a slot could begin again
        return confirmed >= first + 30 * MIB and lsn(of_slot(flow, "restart_lsn")) >= first + 30 * MIB

    wait_until(moved, "the slot moves past the other database's log", 180)
    assert_equal(flow)


def test_a_server_that_stops_is_not_kept_waiting(own, flow_on):
    """It waits until all that it has sent is confirmed, the log of other databases too: not for the next time the idle position is due."""
    server = own()
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    stored = status(flow)["position"]["commit_end"]
    write_log(server, 1)
    wait_until(lambda: status(flow)["position"]["commit_end"] != stored, "the idle position is stored: ten seconds until the next")
    write_log(server, 1)
    began = time.monotonic()
    server.postgres.stop()
    took = time.monotonic() - began
    server.postgres.start()
    assert took < 7, f"the server took {took:.1f} s to stop"
    flow.live.wait_for_log("ended: the server is shutting down; waiting")
    assert_equal(flow)


def lag(flow):
    pipeline = status(flow)["pipeline"]
    return pipeline["lag"], pipeline["lag_seconds"]


def test_lag_in_bytes_and_seconds(server, flow_on):
    """While there is more at the server than was read; nothing of it when all is."""
    flow = flow_on(server)
    flow.run()
    for _ in range(10):
        flow.psql("insert into t select i, repeat('x', 200) from generate_series((select max(id) + 1 from t), (select max(id) + 30000 from t)) i")
    flow.start("--batch-rows", "1000")
    behind = wait_until(lambda: (seen := lag(flow))[0] > 0 and seen[1] and seen, "it is behind")
    assert behind[0] > 10_000 and behind[1] > 0, behind
    wait_for_rows(flow, 300_100)
    wait_until(lambda: lag(flow) == (0, 0), "it has caught up")
    text = run_pintail("status", "--target", str(flow.target), cwd=flow.folder).stdout
    assert re.search(r"^  lag +[\d.]+ \w+, [\d.]+ s; ", text, re.M), text
    assert re.search(rf"^  position +\w+/\w+ on slot {flow.id}, committed 20\d\d-", text, re.M), text
    assert_equal(flow)
