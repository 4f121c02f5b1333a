"""`pintail doctor` beside what it finds at the source and the target."""

import psycopg

from support.sink import run_pintail
from support.verification import start

SETUP = "create table t (id int primary key)"


def doctor(flow, code=0, **changed):
    outcome = run_pintail(*flow.arguments(command="doctor", **changed), cwd=flow.folder)
    assert outcome.code == code, outcome
    return outcome.stdout


def test_its_own_running_pintail_is_no_problem(direct):
    direct.psql(SETUP)
    start(direct, "t")
    shown = doctor(direct)
    assert f"slot {direct.id} is in use by the pintail that runs for {direct.target} (pid {direct.live.process.pid})" in shown
    assert "problem" not in shown and shown.endswith("ready\n")
    direct.stop()
    assert "is in use by" not in doctor(direct)


def test_nor_one_that_waits_to_make_its_slot(direct):
    direct.psql(SETUP)
    direct.psql(f"create publication {direct.id} for table t")  # nothing to wait for before
    with psycopg.connect(direct.dsn) as holder:
        holder.execute("insert into t values (1)")
        direct.start().wait_for_log("waiting for a transaction that has to end")
        shown = doctor(direct)
        assert f"slot {direct.id} is in use by the pintail that runs for" in shown and "problem" not in shown
        assert "problem" in doctor(direct, code=1, target=direct.folder / "other.duckdb")
        direct.stop()


def test_somebody_elses_is_one(direct):
    """The same slot, asked for another target."""
    direct.psql(SETUP)
    start(direct, "t")
    shown = doctor(direct, code=1, target=direct.folder / "other.duckdb")
    assert f"problem: slot {direct.id} is in use by process" in shown
