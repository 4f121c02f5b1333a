"""Running a program and what it took, as the kernel counts it."""

import os
import resource
import subprocess
import time
from dataclasses import asdict, dataclass


class BenchError(Exception):
    pass


@dataclass
class Usage:
    """Peak memory has a floor of this runner's own 30 MiB: a child inherits the mark of the process that made it."""
    wall_seconds: float
    user_seconds: float
    system_seconds: float
    peak_rss_mib: float

    @property
    def cpu_seconds(self):
        return self.user_seconds + self.system_seconds

    def rounded(self):
        return {key: round(value, 3) for key, value in asdict(self).items()}


def usage(wall, rusage: resource.struct_rusage):
    return Usage(wall, rusage.ru_utime, rusage.ru_stime, rusage.ru_maxrss / 1024)


def run(argv, log_path, environment=None):
    """Runs to the end. Returns what it printed and what it took; its standard error goes to log_path."""
    with open(log_path, "wb") as log:
        began = time.monotonic()
        child = subprocess.Popen(list(map(str, argv)), stdout=subprocess.PIPE, stderr=log,
                                 env=os.environ | (environment or {}))
        output = child.stdout.read().decode()
        _, status, rusage = os.wait4(child.pid, 0)
        wall = time.monotonic() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise BenchError(f"{argv[0]} ended with {child.returncode}: {tail(log_path)}")
    return output, usage(wall, rusage)


def tail(path, size=2000):
    with open(path, "rb") as file:
        return file.read()[-size:].decode(errors="replace")
