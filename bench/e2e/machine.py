"""What the figures were measured on."""

import ctypes
import os
import pathlib
import platform
import subprocess

import confluent_kafka
import stack.core


def first_line(*argv):
    done = subprocess.run(argv, capture_output=True, text=True)
    return (done.stdout or done.stderr).strip().split("\n")[0]


def cpu_model():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def memory_gib():
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def librdkafka_version():
    (library,) = (pathlib.Path(__file__).parents[2] / ".deps/librdkafka/lib").glob("librdkafka-*.so.1")
    version = ctypes.CDLL(library).rd_kafka_version_str
    version.restype = ctypes.c_char_p
    return version().decode()


def describe(pintail):
    return {
        "cpu": cpu_model(), "cores": os.cpu_count(), "memory_gib": memory_gib(), "kernel": platform.release(),
        "pintail": first_line(pintail, "--version"), "commit": first_line("git", "rev-parse", "--short", "HEAD"),
        "librdkafka": librdkafka_version(), "librdkafka_of_python": confluent_kafka.libversion()[0],
        "python": platform.python_version(), "load_average": load_average(),
    }


def servers(flavour, postgres_major):
    kafka, debezium = stack.core.VERSIONS[flavour]
    return {"kafka": kafka, "debezium": debezium, "postgres": postgres_major}


def load_average():
    return os.getloadavg()[0]
