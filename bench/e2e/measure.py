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
    (output,), taken = run_side_by_side([argv], log_path, environment)
    return output, taken


def run_side_by_side(commands, log_path, environment=None):
    """Several programs at once, until the last one has ended: what each printed (a line or two), and what all took."""
    with open(log_path, "wb") as log:
        began = time.monotonic()
        children = [subprocess.Popen(list(map(str, argv)), stdout=subprocess.PIPE, stderr=log,
                                     env=os.environ | (environment or {})) for argv in commands]
        outputs = [child.stdout.read().decode() for child in children]
        ends = [os.wait4(child.pid, 0) for child in children]
        wall = time.monotonic() - began
    for child, (_, status, _) in zip(children, ends):
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise BenchError(f"{child.args[0]} ended with {child.returncode}: {tail(log_path)}")
    each = [usage(wall, rusage) for _, _, rusage in ends]
    return outputs, Usage(wall, *(sum(getattr(one, name) for one in each)
                                  for name in ("user_seconds", "system_seconds", "peak_rss_mib")))


def tail(path, size=2000):
    with open(path, "rb") as file:
        return file.read()[-size:].decode(errors="replace")
