"""A server's process: started detached, found again by pid and start time, stopped for certain."""

import os
import pathlib
import signal
import subprocess
import time


def start_ticks(pid):
    """When the process started, in ticks since boot; None when it is gone or only waits to be reaped.

    Pid and start time together name a process for good: the kernel reuses pids.
    """
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        threads = len(os.listdir(f"/proc/{pid}/task"))
    except (OSError, IndexError):
        return None
    # The first thread of a dying JVM is a zombie while others still hold its ports.
    dead = fields[0] in "ZX" and threads <= 1
    return None if dead else int(fields[19])


def children_of(pid):
    """Direct children of a process."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def memory_mib(pid):
    """Proportional memory of a process in MiB: shared pages count by their share."""
    try:
        rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in rollup.splitlines() if line.startswith("Pss:")), 0.0)


class Process:
    def __init__(self, pid, started, popen=None):
        self.pid, self.started, self.popen_ = pid, started, popen

    @classmethod
    def spawn(cls, argv, log_path, environment, cwd):
        """Starts a command in a session of its own, so that Ctrl-C in the terminal doesn't reach it."""
        with open(log_path, "ab") as log:
            popen = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                     env=environment, cwd=cwd, start_new_session=True)
        return cls(popen.pid, start_ticks(popen.pid), popen)

    def alive(self):
        if self.popen_ and self.popen_.poll() is not None:  # poll() also reaps it
            return False
        return self.started is not None and start_ticks(self.pid) == self.started

    def send(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def wait_gone(self, timeout):
        deadline = time.monotonic() + timeout
        while self.alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def kill(self):
        self.send(signal.SIGKILL)
        self.wait_gone(30)

    def stop(self, number, timeout):
        """Asks it to end; kills it when it doesn't in time."""
        self.send(number)
        if not self.wait_gone(timeout):
            self.kill()

    def exit_text(self):
        code = self.popen_.returncode if self.popen_ else None
        if code is None:
            return "ended"
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
