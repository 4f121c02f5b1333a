"""Who reads the topic: how each is started, and what its target must hold afterwards."""

import json
import pathlib
import shutil
import sys
import time
from urllib.parse import quote

import dataset
import measure
import workload

HERE = pathlib.Path(__file__).resolve().parent


class Arena:
    """Where the contestants run: the brokers, the programs, a folder for targets and logs."""

    def __init__(self, stack, manifest, build, folder, sink_arguments=(), run_arguments=()):
        self.stack, self.manifest, self.build, self.folder = stack, manifest, build, folder
        self.sink_arguments, self.run_arguments = sink_arguments, run_arguments
        self.pintail = build / "pintail"
        folder.mkdir(parents=True, exist_ok=True)

    def fresh_target(self, name):
        for old in self.folder.glob(f"{name}.duckdb*"):
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        return self.folder / f"{name}.duckdb"

    def log(self, name):
        return self.folder / f"{name}.log"

    def check(self, name, target, table, expected):
        output, _ = measure.run([sys.executable, HERE / "check_target.py", target, table], self.log(f"{name}-check"))
        if json.loads(output) != expected:
            raise measure.BenchError(f"{name}: {target} is wrong: {json.loads(output)}, not {expected}")


def source_url(stack, host="127.0.0.1"):
    """host: also the folder of a unix socket."""
    account = stack.credentials
    return f"postgres://{account.user}:{account.password}@{quote(host, safe='')}:{stack.postgres.port}/{account.database}"


def sink_command(arena, topic, target, *more):
    """A new group each time, since a group belongs to one target. The password goes by the environment: a command line
    is everybody's to read."""
    argv = [arena.pintail, "sink", "--brokers", arena.stack.kafka.bootstrap, "--topics", topic, "--target", target,
            "--group", f"bench-{time.time_ns()}", *more, *arena.sink_arguments]
    return argv, {"PINTAIL_SOURCE": source_url(arena.stack)}


def drain(arena, kind):
    output, usage = measure.run([arena.build / "bench/e2e/bare_drain", arena.stack.kafka.bootstrap, dataset.topic(kind)],
                                arena.log("drain"))
    counts = json.loads(output)
    if counts["events"] != arena.manifest["events"]:
        raise measure.BenchError(f"{dataset.topic(kind)} holds {counts['events']} events, not {arena.manifest['events']}")
    return counts, usage


def sink(arena, kind):
    target = arena.fresh_target("sink")
    argv, environment = sink_command(arena, dataset.topic(kind), target, "--until", "end")
    _, usage = measure.run(argv, arena.log("sink"), environment)
    arena.check("sink", target, workload.TABLE, arena.manifest["checksums"])
    return {"events": arena.manifest["events"]}, usage


def python(arena, kind):
    target = arena.fresh_target("python")
    output, usage = measure.run([sys.executable, HERE / "python_sink.py", arena.stack.kafka.bootstrap,
                                 dataset.topic(kind), target], arena.log("python"))
    arena.check("python", target, "accounts", arena.manifest["checksums"])
    return json.loads(output), usage


def per_event(arena, kind):
    target = arena.fresh_target("per-event")
    output, usage = measure.run([sys.executable, HERE / "python_sink.py", arena.stack.kafka.bootstrap, dataset.topic(kind),
                                 target, "--per-event", workload.FIRST_EVENTS], arena.log("per-event"))
    arena.check("per-event", target, "accounts", arena.manifest["first_checksums"])
    return json.loads(output), usage


# In the order of a round. The per-event sink is a thousand times slower: it runs once, on the first events only.
IN_ROUNDS = {"drain": drain, "sink": sink, "python": python}
ONCE = {"per-event": per_event}
