"""A pintail in the background: asked through its control socket, stopped as a user stops it."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import measure

PAUSE_SECONDS = 0.001  # between two queries
GIVE_UP_SECONDS = 60


class ControlSocket(http.client.HTTPConnection):
    """HTTP on a unix socket; keeps its connection as long as the other side does."""

    def __init__(self, path):
        super().__init__("localhost")
        self.path_ = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path_)

    def ask(self, sql):
        """The first row of the answer, as texts; None when there is no row, or no table yet."""
        self.request("POST", "/query", json.dumps({"sql": sql}), {"Content-Type": "application/json"})
        lines = [json.loads(line) for line in self.getresponse().read().splitlines() if line]
        return lines[1] if len(lines) == 3 else None


def wait_for(what, answered, give_up_seconds=GIVE_UP_SECONDS):
    deadline = time.monotonic() + give_up_seconds
    while not answered():
        if time.monotonic() > deadline:
            raise measure.BenchError(f"{what}: not within {give_up_seconds} s")
        time.sleep(0.05)


class Running:
    def __init__(self, argv, environment, target, log):
        self.socket = target.with_name(target.name + ".sock")
        self.log_ = open(log, "wb")
        self.process_ = subprocess.Popen(list(map(str, argv)), env=os.environ | environment, stderr=self.log_)

    def listening(self):
        if self.process_.poll() is not None:
            raise measure.BenchError(f"pintail ended: {measure.tail(self.log_.name)}")
        return self.socket.exists()

    def ask(self, sql):
        """As of now; None, too, while nobody listens."""
        try:
            control = ControlSocket(self.socket)
            try:
                return control.ask(sql)
            finally:
                control.close()
        except OSError:
            self.listening()
            return None

    def rss_mib(self):
        status = pathlib.Path(f"/proc/{self.process_.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process_.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        if self.process_.returncode is None:
            self.process_.send_signal(signal.SIGINT)
            _, _, rusage = os.wait4(self.process_.pid, 0)
            self.process_.returncode = 0
            self.log_.close()
            return measure.usage(0, rusage)


def watch(path, sql, goal):
    """When each row was first seen. sql: how many there are by now, or the highest of rising numbers; goal(): how many
    there will be, None as long as nobody knows."""
    seen, queries = [], 0
    control = ControlSocket(path)
    while (total := goal()) is None or len(seen) < total:
        answer = control.ask(sql)
        now, queries = time.time(), queries + 1
        if answer is not None and answer[0] is not None and int(answer[0]) > len(seen):
            seen += [now] * (int(answer[0]) - len(seen))
            last = now
        elif seen and now - last > GIVE_UP_SECONDS:
            raise measure.BenchError(f"only {len(seen)} of {total} rows arrived")
        time.sleep(PAUSE_SECONDS)
    return seen, queries


def percentile(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def summary(milliseconds):
    ordered = sorted(milliseconds)
    figures = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {f"{name}_ms": round(percentile(ordered, share), 1) for name, share in figures.items()}
