"""bench/e2e/run: see --help, and docs/benchmarks.md."""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

import contestants
import latency
import machine
import measure
import report
from dataset import FLAVOUR, KINDS, Dataset
from stack import StackError

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCH = ROOT / ".bench"
PARTS = (*contestants.IN_ROUNDS, *contestants.ONCE, "latency")


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="bench/e2e/run", description="Measures the sink against a bare drain of the "
                                     "topic and against a Python sink, in alternating rounds, on real servers.")
    parser.add_argument("--events", type=int, default=1_500_000, help="two thirds inserts, one third updates (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--kinds", type=names_among(KINDS), default=KINDS, help=f"of {','.join(KINDS)}")
    parser.add_argument("--parts", type=names_among(PARTS), default=PARTS, help=f"of {','.join(PARTS)}")
    parser.add_argument("--compression", default="lz4", help="of the topics: lz4, as the connector template has it, or none")
    parser.add_argument("--rate", type=int, default=1000, help="events per second of the latency part")
    parser.add_argument("--seconds", type=int, default=30, help="length of the latency part")
    parser.add_argument("--build", type=pathlib.Path, help="an existing build; default: build/release, built now")
    parser.add_argument("--sink-args", default="", help="more options for pintail sink, separated by spaces")
    return parser.parse_args(argv)


def names_among(known):
    def parse(text):
        names = tuple(text.split(","))
        if unknown := set(names) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: choose from {', '.join(known)}")
        return names
    return parse


def build():
    for argv in (["cmake", "--preset", "release", "--log-level=WARNING"],
                 ["cmake", "--build", "--preset", "release", "--target", "pintail", "bare_drain"]):
        subprocess.run(argv, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return ROOT / "build" / "release"


def run_one(arena, run, kind, name):
    counts, usage = run(arena, kind)
    figures = report.figures(counts, usage) | {"load_average": machine.load_average()}
    print(f"  {kind:<8} {name:<10} {figures['events_per_second']:>10,}/s  {usage.wall_seconds:7.2f} s  "
          f"{figures['cpu_per_million']:>8.2f} CPU s/M  {usage.peak_rss_mib:5.0f} MiB", flush=True)
    return figures


def run_rounds(arena, kind, names, rounds):
    """One turn of the drain before them fills the page cache and checks that the topic is whole."""
    contestants.drain(arena, kind)
    return [{name: run_one(arena, contestants.IN_ROUNDS[name], kind, name) for name in names} for _ in range(rounds)]


def measure_all(arena, chosen):
    result = {}
    names = [name for name in contestants.IN_ROUNDS if name in chosen.parts]
    for kind in chosen.kinds if names else ():
        rounds = run_rounds(arena, kind, names, chosen.rounds)
        result[kind] = {"rounds": rounds} | report.summarise(rounds)
    if "per-event" in chosen.parts:
        result["per-event"] = run_one(arena, contestants.per_event, "plain", "per-event")
    if "latency" in chosen.parts:
        result["latency"] = latency.run(arena, chosen.rate, chosen.seconds)
    return result


def write(result):
    folder = BENCH / "results"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.datetime.now():%Y-%m-%d-%H%M%S}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path


def show(result):
    print(f"\n{json.dumps(result['machine'])}\n")
    for kind in KINDS:
        if kind in result:
            print(report.table(kind, result[kind]) + "\n")
    if "latency" in result:
        print(report.latency_lines(result["latency"]) + "\n")


def main(argv):
    chosen = arguments_of(argv)
    build_folder = (chosen.build or build()).absolute()
    data = Dataset(BENCH, chosen.events, chosen.compression)
    try:
        manifest = data.up()
        arena = contestants.Arena(data.stack, manifest, build_folder, BENCH / "run", chosen.sink_args.split())
        result = {
            "when": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
            "machine": machine.describe(arena.pintail, FLAVOUR, data.stack.postgres.major), "topics": manifest,
            "sink_arguments": arena.sink_arguments,
        } | measure_all(arena, chosen)
    finally:
        data.down()
    show(result)
    print(f"written to {write(result)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (measure.BenchError, StackError, subprocess.CalledProcessError) as error:
        sys.exit(f"bench: error: {error}")
