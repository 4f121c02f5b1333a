"""What all servers of the stack have in common."""

import os
import signal
import time

from stack import ports
from stack.errors import StackError
from stack.process import Process, memory_mib

# Far above what any server takes on a busy two-core machine; one that needs longer hangs.
READY_TIMEOUT_SECONDS = 180
LOG_LINES_IN_ERRORS = 25


class Server:
    name = ""
    extra_ports = ()  # names of the ports it listens on beside its own
    needs = ()  # names of the servers that must answer before this one starts
    stop_signal = signal.SIGTERM
    death_signal = "KILL"  # when the parent dies
    stop_timeout_seconds = 20

    def __init__(self, context):
        self.context = context
        self.process = None
        self.log_start_ = 0

    # What each server says about itself.

    def command(self):
        """The command line; prepares folders and files as well."""
        raise NotImplementedError

    def environment(self):
        return {}

    def answers(self):
        """Whether the server does its work already."""
        raise NotImplementedError

    def after_ready(self):
        """What is left to do once it answers."""

    # What everybody may call.

    @property
    def port(self):
        return self.context.ports[self.name]

    @property
    def log_path(self):
        return self.context.dir / "logs" / f"{self.name}.log"

    @property
    def running(self):
        return self.process is not None and self.process.alive()

    @property
    def pid(self):
        return self.process.pid if self.running else None

    def memory_mib(self):
        return memory_mib(self.pid) if self.running else 0.0

    def start(self):
        self.spawn()
        self.wait_ready()

    def stop(self):
        self.end_(lambda: self.process.stop(self.stop_signal, self.stop_timeout_seconds))

    def kill(self):
        self.end_(lambda: self.process.kill())

    def restart(self):
        self.stop()
        self.start()

    # Starting in two steps lets several servers start side by side.

    def spawn(self):
        if self.running:
            return
        for name in (self.name, *self.extra_ports):
            ports.check_free(name, self.context.ports[name])
        argv = self.context.account.wrap(self.command(), self.context.die_with_parent and self.death_signal)
        self.log_start_ = self.log_path.stat().st_size if self.log_path.exists() else 0
        self.process = Process.spawn(argv, self.log_path, base_environment() | self.environment(), self.context.dir)
        self.context.save()

    def wait_ready(self):
        deadline = time.monotonic() + READY_TIMEOUT_SECONDS
        while not self.answers():
            if not self.running:
                self.fail(f"{self.name} {self.process.exit_text()} while starting")
            if time.monotonic() > deadline:
                self.fail(f"{self.name} gave no answer within {READY_TIMEOUT_SECONDS} s")
            time.sleep(0.1)
        self.after_ready()

    def end_(self, how):
        if self.process:
            how()
            self.process = None
            self.context.save()

    def fail(self, message):
        raise StackError(f"{message}\n{self.last_log_lines()}")

    def log(self):
        """Of this start."""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_start_)
            return log.read().decode(errors="replace")

    def last_log_lines(self):
        lines = self.log().splitlines()[-LOG_LINES_IN_ERRORS:]
        return "\n".join([f"last lines of {self.log_path}:", *(f"    {line}" for line in lines)])


def base_environment():
    """Nothing of the caller's environment reaches a server but the way to its programs."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
