"""The parts that read topics: one stack whose topics are kept (dataset.py)."""

import contestants
import latency
import machine
import report
from dataset import FLAVOUR, KINDS, Dataset

PARTS = (*contestants.IN_ROUNDS, *contestants.ONCE, "latency")


def run_rounds(arena, kind, names, rounds):
    """One turn of the drain before them fills the page cache and checks that the topic is whole."""
    contestants.drain(arena, kind)
    return [{name: report.note(kind, name, *contestants.IN_ROUNDS[name](arena, kind)) for name in names} for _ in range(rounds)]


def measure_all(arena, chosen, result):
    names = [name for name in contestants.IN_ROUNDS if name in chosen.parts]
    for kind in chosen.kinds if names else ():
        rounds = run_rounds(arena, kind, names, chosen.rounds)
        result[kind] = {"rounds": rounds} | report.sink_summary(rounds)
    if "per-event" in chosen.parts:
        result["per-event"] = report.note("plain", "per-event", *contestants.per_event(arena, "plain"))
    if "latency" in chosen.parts:
        result["latency"] = latency.run(arena, chosen.rate, chosen.seconds)


def run(chosen, build, folder, result):
    """Fills `result` part by part."""
    data = Dataset(folder, chosen.events, chosen.compression)
    try:
        manifest = data.up()
        arena = contestants.Arena(data.stack, manifest, build, folder / "run", chosen.sink_args.split())
        result |= {"servers": machine.servers(FLAVOUR, data.stack.postgres.major), "topics": manifest}
        measure_all(arena, chosen, result)
    finally:
        data.down()


def show(result):
    for kind in KINDS:
        if kind in result:
            print(report.table(kind, result[kind], "drain") + "\n")
    if "latency" in result:
        print(report.latency_lines(result["latency"]) + "\n")
