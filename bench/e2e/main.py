"""bench/e2e/run: see --help, and docs/benchmarks.md."""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import direct_parts
import machine
import measure
import sink_parts
from dataset import KINDS
from stack import StackError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / ".bench"
GROUPS = {"sink": sink_parts, "direct": direct_parts}
PARTS = tuple(part for group in GROUPS.values() for part in group.PARTS)


def arguments_of(argv):
    parser = argparse.ArgumentParser(
        prog="bench/e2e/run", description="Measures the sink and the direct mode against floors and peers, in alternating rounds, "
        "on real servers. Each part stands alone, so that a run that was cut is completed by the parts that it lacks.")
    parser.add_argument("--events", type=int, default=1_500_000, help="two thirds inserts, one third updates (%(default)s)")
    parser.add_argument("--rows", type=int, default=2_000_000, help="of the table that is copied (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", type=names_among(KINDS), default=KINDS, help=f"of the topics: {','.join(KINDS)}")
    parser.add_argument("--parts", type=parts, default=PARTS, help="; ".join(
        f"{name}, that is {','.join(group.PARTS)}" for name, group in GROUPS.items()))
    parser.add_argument("--compression", default="lz4", help="of the topics: lz4, as the connector template has it, or none")
    parser.add_argument("--rate", type=int, default=1000, help="events or transactions per second of the latency parts")
    parser.add_argument("--seconds", type=int, default=30, help="length of the latency parts")
    parser.add_argument("--build", type=pathlib.Path, help="an existing build; default: build/release, built now")
    parser.add_argument("--sink-args", default="", help="more options for pintail sink, separated by spaces")
    parser.add_argument("--run-args", default="", help="more options for pintail run, separated by spaces")
    return parser.parse_args(argv)


def names_among(known):
    def parse(text):
        names = tuple(text.split(","))
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        return names
    return parse


def parts(text):
    """The name of a group stands for all of its parts."""
    names = names_among((*GROUPS, *PARTS))(text)
    return tuple(part for name in names for part in (GROUPS[name].PARTS if name in GROUPS else [name]))


def build():
    for argv in (["cmake", "--preset", "release", "--log-level=WARNING"],
                 ["cmake", "--build", "--preset", "release", "--target", "pintail", "bare_drain"]):
        subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / "build" / "release"


def write(result):
    folder = BENCH / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path


def main(argv):
    chosen = arguments_of(argv)
    build_folder = (chosen.build or build()).absolute()
    result = {"when": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
              "machine": machine.describe(build_folder / "pintail"), "arguments": argv}
    try:
        for group in GROUPS.values():
            if set(chosen.parts) & set(group.PARTS):
                group.run(chosen, build_folder, BENCH, result)
    finally:  # what was measured before a failure is not lost
        print(f"\n{json.dumps(result['machine'])}\n")
        for group in GROUPS.values():
            group.show(result)
        print(f"written to {write(result)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (measure.BenchError, StackError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: error: {error}")
