"""One running stack per flavour, or per version of Postgres, for a whole test run.

The servers are children of a thread of the process that controls the run and die with it (die_with_parent), so that a
killed run leaves none behind. Workers of pytest-xdist are other processes: they ask through files in the run's folder
(`want-FLAVOUR`) and read the answer (`have-FLAVOUR`: empty, or what went wrong).
"""

import pathlib
import threading
import time
import traceback

from stack import Stack, StackError

# "postgres-18": that server alone, for the paths that need no more.
NEWEST_POSTGRES = "18"
OTHER_POSTGRES = ("14", "16", "17", NEWEST_POSTGRES)  # beside that of .env
FLAVOURS = ("current", "zookeeper", *(f"postgres-{major}" for major in OTHER_POSTGRES))


def make_stack(run_folder, flavour, **options):
    folder = run_folder / f"stack-{flavour}"
    options.setdefault("postgres_settings", {"wal_writer_delay": "10ms"})  # of commits that do not wait for it: flow.py
    if flavour.startswith("postgres-"):
        return Stack(folder, postgres=flavour.removeprefix("postgres-"), **options)
    return Stack(folder, flavour, **options)


class StackKeeper(threading.Thread):
    """Starts stacks when they are asked for, keeps them, takes them down at the end."""

    def __init__(self, run_folder):
        super().__init__(name="stack keeper", daemon=True)
        self.run_folder_ = pathlib.Path(run_folder)
        self.stacks_ = {}
        self.end_ = threading.Event()

    def run(self):
        while not self.end_.wait(0.05):
            for flavour in FLAVOURS:
                if (self.run_folder_ / f"want-{flavour}").exists() and flavour not in self.stacks_:
                    self.start_stack(flavour)
        for stack in filter(None, self.stacks_.values()):
            stack.down(delete=True)

    def start_stack(self, flavour):
        self.stacks_[flavour] = None
        try:
            # Tests kill processes, not the machine: fsync would only cost time.
            stack = make_stack(self.run_folder_, flavour, die_with_parent=True, fsync=False)
            self.stacks_[flavour] = stack
            stack.up(*(["postgres"] if flavour.startswith("postgres-") else []))
            answer = ""
        except Exception:  # noqa: BLE001 - reported by the worker that asked
            answer = traceback.format_exc()
        new = self.run_folder_ / f"new-{flavour}"
        new.write_text(answer)
        new.rename(self.run_folder_ / f"have-{flavour}")

    def close(self):
        self.end_.set()
        self.join()


def shared_stack(run_folder, flavour, patience_seconds=300):
    """The run's stack of that flavour, started now if nobody asked before."""
    answer = run_folder / f"have-{flavour}"
    (run_folder / f"want-{flavour}").touch()
    deadline = time.monotonic() + patience_seconds
    while not answer.exists():
        if time.monotonic() > deadline:
            raise StackError(f"the {flavour} stack did not come up within {patience_seconds} s")
        time.sleep(0.05)
    if problem := answer.read_text():
        raise StackError(f"the {flavour} stack could not be started:\n{problem}")
    return make_stack(run_folder, flavour)
