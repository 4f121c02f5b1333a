"""The command line of the local stack."""

import argparse
import pathlib
import sys
import time

from stack.core import VERSIONS, Stack, flavour_in
from stack.errors import StackError
from stack.jvm import MODES
from stack.settings import ROOT

COMPONENTS = ("postgres", "zookeeper", "kafka", "connect")


def parser():
    top = argparse.ArgumentParser(prog="stack", description="Postgres, Kafka and Kafka Connect with Debezium on 127.0.0.1")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, text):
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--dir", type=pathlib.Path, default=ROOT / ".stack", help="data folder (default .stack)")
        return sub

    add_up_options(command("up", "start what doesn't run yet and wait until it answers"))
    command("down", "stop everything").add_argument("--delete", action="store_true", help="delete the data folder too")
    command("status", "what runs, and where").add_argument("--env", action="store_true", help="print stack.env")
    logs = command("logs", "the end of the servers' logs")
    logs.add_argument("component", nargs="?", choices=COMPONENTS)
    logs.add_argument("-n", type=int, default=40, metavar="LINES")
    for name, text in (("start", "start one server"), ("stop", "stop one server"),
                       ("restart", "stop and start one server"), ("kill", "SIGKILL one server")):
        command(name, text).add_argument("component", choices=COMPONENTS)
    return top


def add_up_options(up):
    up.add_argument("--flavour", choices=VERSIONS, help="default: that of the folder, or current")
    up.add_argument("--ports", choices=("env", "free"), default="env", help="those of .env (default), or any free ones")
    up.add_argument("--only", metavar="A,B", default="", help="these components and what they need")
    up.add_argument("--jvm", choices=MODES, default="quick", help="throughput: for benchmarks")
    up.add_argument("--postgres", metavar="MAJOR", help="Postgres version (default: POSTGRES_VERSION of .env)")
    up.add_argument("--no-fsync", action="store_true", help="Postgres without fsync: faster, not crash-safe")


def up(options):
    began = time.monotonic()
    stack = Stack(options.dir, options.flavour or flavour_in(options.dir) or "current", options.ports, options.jvm,
                  options.postgres, fsync=not options.no_fsync)
    stack.up(*filter(None, options.only.split(",")))
    print_status(stack)
    print(f"up after {time.monotonic() - began:.1f} s; for a shell: source {stack.dir / 'stack.env'}")


def existing(options):
    flavour = flavour_in(options.dir)
    if not flavour:
        raise StackError(f"there is no stack in {options.dir}")
    return Stack(options.dir, flavour)


def down(options):
    if not flavour_in(options.dir):
        print(f"there is no stack in {options.dir}")
        return
    existing(options).down(delete=options.delete)
    print("down")


def status(options):
    stack = existing(options)
    if options.env:
        print((stack.dir / "stack.env").read_text(), end="")
    else:
        print_status(stack)


def print_status(stack):
    for row in stack.status():
        state = f"pid {row['pid']}, {row['memory_mib']} MiB" if row["running"] else "not running"
        print(f"{row['name']:<10} {row['address']:<16} {state}")


def logs(options):
    for server in existing(options).servers:
        if options.component in (None, server.name) and server.log_path.exists():
            lines = server.log_path.read_text(errors="replace").splitlines()[-options.n:]
            print(f"== {server.log_path}", *lines, sep="\n")


def one_server(options):
    stack = existing(options)
    server = next((server for server in stack.servers if server.name == options.component), None)
    if not server:
        raise StackError(f"no {options.component} in flavour {stack.flavour}")
    with stack.lock():
        getattr(server, options.command)()
    print_status(stack)


def main():
    options = parser().parse_args()
    actions = {"up": up, "down": down, "status": status, "logs": logs}
    try:
        actions.get(options.command, one_server)(options)
    except StackError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
