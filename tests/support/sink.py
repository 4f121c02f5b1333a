"""The program under test as a process."""

import os
import pathlib
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PINTAIL = pathlib.Path(os.environ.get("PINTAIL_BINARY", ROOT / "build" / "release" / "pintail"))

# Far above what any finite run takes here; one that needs longer hangs.
HANG_SECONDS = 240


def clean_environment(**more):
    """Nothing of the caller's settings (PINTAIL_…) reaches the program."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "LANG") if key in os.environ}
    return kept | more


class Outcome:
    def __init__(self, code, stdout, stderr):
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def text(self):
        return f"{self.stdout}\n{self.stderr}"

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.stdout[-6000:]}\n--- stderr\n{self.stderr[-12000:]}"


def run_pintail(*arguments, cwd, environment=None, program=PINTAIL, as_nobody=False, stdin=None):
    """One finished run of `pintail ARGUMENTS` in the folder cwd."""
    argv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if as_nobody else []
    done = subprocess.run([*argv, str(program), *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
                          errors="replace", timeout=HANG_SECONDS, env=environment or clean_environment(),
                          input=stdin or "")
    return Outcome(done.returncode, done.stdout, done.stderr)


class RunningSink:
    """`pintail sink` in the background; dies with the test."""

    def __init__(self, arguments, cwd, name="sink"):
        self.log_path = pathlib.Path(cwd) / f"{name}.log"
        self.log_start_ = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            # setpriv executes the program in its own place: the pid is the sink's.
            self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", str(PINTAIL), *map(str, arguments)],
                                            cwd=cwd, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env=clean_environment())

    @property
    def pid(self):
        return self.process.pid

    @property
    def alive(self):
        return self.process.poll() is None

    @property
    def log(self):
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start_)
            return log.read().decode(errors="replace")

    def kill(self):
        """SIGKILL. False: it had ended by itself."""
        was_alive = self.alive
        self.process.kill()
        self.process.wait()
        return was_alive

    def stop(self, number=signal.SIGINT):
        """As Ctrl-C does; returns the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=HANG_SECONDS)

    def wait_for_log(self, text, patience_seconds=60):
        deadline = time.monotonic() + patience_seconds
        while text not in self.log:
            assert self.alive, f"the sink ended with {self.process.returncode}:\n{self.log[-8000:]}"
            assert time.monotonic() < deadline, f"the sink did not log '{text}':\n{self.log[-8000:]}"
            time.sleep(0.05)


def wait_until(condition, what, patience_seconds=60):
    """Polls condition() until it returns something true, and returns that."""
    deadline = time.monotonic() + patience_seconds
    while True:
        if result := condition():
            return result
        assert time.monotonic() < deadline, f"waited {patience_seconds} s in vain: {what}"
        time.sleep(0.05)
