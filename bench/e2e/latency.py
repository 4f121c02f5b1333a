"""How long after a message is available in Kafka its row is queryable, at a steady rate.

The messages are copies of one that a real Debezium made, with rising key and LSN. Available: the broker's own
LogAppendTime, cut to milliseconds, so every figure is up to 1 ms too high. Queryable: the moment at which the answer of a
query through the running sink's control socket shows the row; the query is asked again and again, so the time between two
of them is part of every figure, too.
"""

import json
import multiprocessing
import time

import confluent_kafka
import confluent_kafka.admin

import contestants
import dataset
import measure
import running
import workload

PREFIX = "latency"
TOPIC = f"{PREFIX}.{workload.TABLE}"
WARM_UP_SECONDS = 3    # not counted: the sink opens its target, both sides connect


def template(bootstrap):
    """The first insert that Debezium sent: (key, value, headers), decoded."""
    consumer = confluent_kafka.Consumer({"bootstrap.servers": bootstrap, "group.id": "template", "enable.auto.commit": False})
    consumer.assign([confluent_kafka.TopicPartition(dataset.topic("plain"), 0, confluent_kafka.OFFSET_BEGINNING)])
    message = consumer.poll(30)
    consumer.close()
    if message is None or message.error():
        raise measure.BenchError(f"no message in {dataset.topic('plain')}")
    return json.loads(message.key()), json.loads(message.value()), message.headers()


def copies(key, value, count):
    """Message after message, as Debezium writes them (no spaces): (key bytes, value bytes)."""
    lsn = value["source"]["lsn"]
    value["source"]["name"] = PREFIX
    for number in range(1, count + 1):
        key["aid"] = value["after"]["aid"] = number
        value["source"]["sequence"] = json.dumps([str(lsn), str(lsn + 100)], separators=(",", ":"))
        value["source"]["lsn"] = lsn = lsn + 100
        yield json.dumps(key, separators=(",", ":")).encode(), json.dumps(value, separators=(",", ":")).encode()


def make_topic(bootstrap):
    admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": bootstrap})
    if TOPIC in admin.list_topics(timeout=30).topics:
        admin.delete_topics([TOPIC])[TOPIC].result()
        while TOPIC in admin.list_topics(timeout=30).topics:
            time.sleep(0.1)
    new = confluent_kafka.admin.NewTopic(TOPIC, 1, 1, config={"message.timestamp.type": "LogAppendTime"})
    admin.create_topics([new])[TOPIC].result()


def produce(bootstrap, rate, count, answer):
    """In a process of its own. Answers with the time of every message's availability."""
    key, value, headers = template(bootstrap)
    messages = list(copies(key, value, count))
    available = [0.0] * count
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap, "linger.ms": 0, "acks": 1})

    def note(error, message):
        if error is None:
            available[json.loads(message.key())["aid"] - 1] = message.timestamp()[1] / 1000

    began = time.monotonic()
    for number, (message_key, message_value) in enumerate(messages):
        if (wait := began + number / rate - time.monotonic()) > 0:
            time.sleep(wait)
        producer.produce(TOPIC, message_value, message_key, partition=0, headers=headers, on_delivery=note)
        producer.poll(0)
    producer.flush(30)
    answer.send((available, time.monotonic() - began))


def run(arena, rate, seconds):
    bootstrap, count = arena.stack.kafka.bootstrap, rate * (seconds + WARM_UP_SECONDS)
    make_topic(bootstrap)
    target = arena.fresh_target("latency")
    argv, environment = contestants.sink_command(arena, TOPIC, target)
    sink = running.Running(argv, environment, target, arena.log("latency"))
    receiver, sender = multiprocessing.Pipe(duplex=False)
    producer = multiprocessing.Process(target=produce, args=(bootstrap, rate, count, sender), daemon=True)
    try:
        running.wait_for("the sink's control socket", sink.listening)
        producer.start()
        seen, queries = running.watch(sink.socket, f"select max(aid) from {workload.TABLE}", lambda: count)
        available, took = receiver.recv()
        producer.join()
    finally:
        usage = sink.stop()
    counted = slice(rate * WARM_UP_SECONDS, None)
    figures = running.summary([(s - a) * 1000 for s, a in zip(seen[counted], available[counted])])
    return figures | {"rate": round(count / took), "seconds": seconds, "queries": queries,
                      "sink_cpu_seconds": round(usage.cpu_seconds, 2)}
