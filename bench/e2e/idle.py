"""What a pintail that has nothing to do takes of memory and CPU: after the copy of 2 M rows, and after a start."""

import time

import direct
import measure
import running

IDLE_SECONDS = 10


def idle(run):
    """After some seconds of rest."""
    time.sleep(IDLE_SECONDS)
    before = run.cpu_seconds()
    time.sleep(IDLE_SECONDS)
    return {"rss_mib": round(run.rss_mib()), "cpu_percent": round((run.cpu_seconds() - before) / IDLE_SECONDS * 100, 2)}


def measured(arena, copy, target, name):
    argv, environment = direct.run_command(arena, target, "tcp", *copy.options())
    run = running.Running(argv, environment, target, arena.log(name))
    try:
        running.wait_for("the control socket", run.listening)
        running.wait_for("the copy", lambda: run.ask(f"select count(*) from {direct.COPIED}"))
        rows = int(run.ask(f"select count(*) from {direct.COPIED}")[0])
        if rows != copy.rows:
            raise measure.BenchError(f"idle: {rows} rows, not {copy.rows}")
        return idle(run)
    finally:
        run.stop()


def run(arena, copy):
    target = arena.fresh_target("idle")
    try:
        return {"after_copy": measured(arena, copy, target, "idle-copy"), "after_start": measured(arena, copy, target, "idle-start")}
    finally:
        copy.drop()
