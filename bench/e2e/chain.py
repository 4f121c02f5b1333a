"""The direct mode beside the chain it replaces: Debezium → Kafka → pintail sink, on the same changes in the same log.

The connector is there and stopped while the changes are made, and the sink waits for its topics; the clock of the chain
starts with the first record's own timestamp, after Connect has started the task, and ends when a query through the sink's
control socket shows the last change.
"""

import time

import confluent_kafka

import connectors
import contestants
import dataset
import direct
import measure
import running
import workload

KIND = "plain"
GIVE_UP_SECONDS = 600
SHOWN = f"select count(*), sum(balance)::bigint from {workload.TABLE}"


def first_record_at(bootstrap):
    """The timestamp that its producer gave it."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "bench-first", "enable.auto.commit": False,
                                         "isolation.level": "read_committed"})
    consumer.assign([confluent_kafka.TopicPartition(dataset.topic(KIND), 0, confluent_kafka.OFFSET_BEGINNING)])
    message = consumer.poll(30)
    consumer.close()
    if message is None or message.error():
        raise measure.BenchError(f"no message in {dataset.topic(KIND)}")
    return message.timestamp()[1] / 1000


def start_stopped_connector(stack, compression):
    """It has sent a first change and stored where it stands, so that everything from here on is its to send."""
    stack.connect.put(KIND, connectors.config(KIND, compression))
    connectors.wait_streaming(stack, (KIND,))
    stack.postgres.psql("insert into public.finished values (0)")
    connectors.wait_finished(stack, (KIND,))
    stack.connect.request("PUT", f"/connectors/{KIND}/stop")
    connectors.wait_until("the connector to stop", lambda: connectors.is_stopped(stack, KIND))


def chain(arena, changes):
    target = arena.fresh_target("chain")
    argv, environment = contestants.sink_command(arena, f"{KIND}.public.*", target)
    sink = running.Running(argv, environment, target, arena.log("chain"))
    wanted = [str(changes.checksums[0]), str(changes.checksums[4])]
    try:
        running.wait_for("the sink's control socket", sink.listening)
        resumed = time.time()
        arena.stack.connect.request("PUT", f"/connectors/{KIND}/resume")
        running.wait_for("the last change", lambda: sink.ask(SHOWN) == wanted, GIVE_UP_SECONDS)
        shown = time.time()
    finally:
        usage = sink.stop()
    arena.check("chain", target, workload.TABLE, changes.checksums)
    first = first_record_at(arena.stack.kafka.bootstrap)
    if not resumed < first < shown:
        raise measure.BenchError("the first record bears no time between the connector's start and the last change")
    usage.wall_seconds = shown - first
    return {"events": changes.events, "from_start_seconds": round(shown - resumed, 3)}, usage


def run(arena, events, compression, note):
    """note(name, counts, usage) → the figures of one of the two."""
    changes = direct.Changes(arena, events)
    changes.prepare()
    start_stopped_connector(arena.stack, compression)
    changes.load()
    figures = {"chain": note("chain", *chain(arena, changes))}
    arena.stack.connect.request("PUT", f"/connectors/{KIND}/stop")
    connectors.wait_until("the connector to stop", lambda: connectors.is_stopped(arena.stack, KIND))
    return figures | {"pintail tcp": note("pintail tcp", *changes.pintail("tcp"))}
