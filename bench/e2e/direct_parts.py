"""The parts of the direct mode: a Postgres made for the run, and Kafka and Connect beside it for `chain`."""

import chain
import contestants
import direct
import direct_latency
import idle
import report
import workload

SCALES = {"commits": 10, "commits-200": 200}
PARTS = ("stream", "copy", "commits", "commits-200", "idle", "chain")


def stream(arena, chosen):
    changes = direct.Changes(arena, chosen.events)
    changes.prepare()
    changes.load()
    pairs = [(who, transport) for transport in ("tcp", "unix") for who in ("pg_recvlogical", "pintail")]
    rounds = [{f"{who} {transport}": report.note("stream", f"{who} {transport}", *getattr(changes, who)(transport))
               for who, transport in pairs} for _ in range(chosen.rounds)]
    return {"rounds": rounds} | report.stream_summary(rounds)


def copy_rounds(copy, rounds):
    contestants = {"COPY": lambda: copy.postgres_copy(1), "2 COPYs": lambda: copy.postgres_copy(2), "pintail": copy.pintail,
                   "scanner": copy.scanner}
    copy.postgres_copy(1)  # fills the caches
    return [{name: report.note("copy", name, *run()) for name, run in contestants.items()} for _ in range(rounds)]


def copy(chosen, made):
    rounds = copy_rounds(made, chosen.rounds)
    return {"rounds": rounds, "connections": direct.CONNECTIONS} | report.copy_summary(rounds)


def on_postgres(arena, chosen, result):
    arena.stack.up("postgres")
    arena.stack.postgres.psql(workload.CREATE)
    if "stream" in chosen.parts:
        result["stream"] = stream(arena, chosen)
    if "copy" in chosen.parts or "idle" in chosen.parts:
        made = direct.Copy(arena, chosen.rows)
        made.prepare()
        if "copy" in chosen.parts:
            result["copy"] = copy(chosen, made)
        if "idle" in chosen.parts:
            result["idle"] = idle.run(arena, made)
    for name, scale in SCALES.items():
        if name in chosen.parts:
            result[name] = direct_latency.run(arena, scale, chosen.rate, chosen.seconds)


def beside_chain(arena, chosen, result):
    arena.stack.up()
    arena.stack.postgres.psql(workload.CREATE)
    rounds = [chain.run(arena, chosen.events, chosen.compression, lambda name, *figures: report.note("chain", name, *figures))]
    result["chain"] = {"rounds": rounds} | report.chain_summary(rounds)


def with_stack(chosen, build, folder, name, measure_on, result, **options):
    stack = direct.make_stack(folder / name, **options)
    arena = contestants.Arena(stack, {}, build, folder / "run", chosen.sink_args.split(), chosen.run_args.split())
    try:
        measure_on(arena, chosen, result)
    finally:
        stack.down(delete=True)


def run(chosen, build, folder, result):
    """Fills `result` part by part."""
    if set(chosen.parts) & set(PARTS) - {"chain"}:
        with_stack(chosen, build, folder, "direct", on_postgres, result)
    if "chain" in chosen.parts:
        with_stack(chosen, build, folder, "chain", beside_chain, result, jvm="throughput")


def show(result):
    if "stream" in result:
        print(report.table("stream", result["stream"], "pg_recvlogical tcp") + "\n")
    if "chain" in result:
        print(report.table("chain", result["chain"], "chain") + "\n")
    if "copy" in result:
        print(report.table(f"copy, {result['copy']['connections']} connections", result["copy"], "COPY") + "\n")
    for name in SCALES:
        if name in result:
            print(report.commit_latency_lines(result[name]) + "\n")
    if "idle" in result:
        print(report.idle_lines(result["idle"]) + "\n")
