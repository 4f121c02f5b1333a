"""`pintail doctor` beside what it finds at the source and the target."""

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
    assert f"slot {direct.id} is read by the pintail that runs for {direct.target} (pid {direct.live.process.pid})" in shown
    assert "problem" not in shown and shown.endswith("ready\n")
    direct.stop()
    assert "is read by" not in doctor(direct)


def test_somebody_elses_is_one(direct):
    """The same slot, asked for another target."""
    direct.psql(SETUP)
    start(direct, "t")
    shown = doctor(direct, code=1, target=direct.folder / "other.duckdb")
    assert f"problem: slot {direct.id} is in use by process" in shown
