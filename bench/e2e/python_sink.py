"""The sink a careful Python user writes today: confluent-kafka in batches, orjson, Arrow, one DuckDB transaction a batch.

    python_sink.py BROKERS TOPIC TARGET             batches of up to 10,000 records, keyed merge, position beside the rows
    python_sink.py BROKERS TOPIC TARGET --per-event N     the first N events by INSERT OR REPLACE, one by one

Knows its one table beforehand, so it need not look at types. Prints one line of JSON.
"""

import argparse
import json
import time

import confluent_kafka
import duckdb
import orjson
import pyarrow

COLUMNS = {"aid": pyarrow.int64(), "bid": pyarrow.int32(), "balance": pyarrow.int64(), "filler": pyarrow.string()}
SCHEMA = pyarrow.schema(list(COLUMNS.items()))
CREATE = "create table accounts (aid bigint{key}, bid int, balance bigint, filler varchar)"
BATCH = 10_000


class Topic:
    """All records of the topic's only partition, in lists of values, up to the end as it is when asked."""

    def __init__(self, brokers, topic):
        self.position = 0
        self.topic_ = topic
        self.consumer_ = confluent_kafka.Consumer({
            "bootstrap.servers": brokers, "group.id": "python-sink", "enable.auto.commit": False,
            "enable.auto.offset.store": False, "isolation.level": "read_committed", "enable.partition.eof": True,
            "auto.offset.reset": "error", "queued.max.messages.kbytes": 49152, "queued.min.messages": 1_000_000,
            "fetch.queue.backoff.ms": 2,
            "fetch.message.max.bytes": 8 << 20})
        self.consumer_.assign([confluent_kafka.TopicPartition(topic, 0, confluent_kafka.OFFSET_BEGINNING)])

    def batches(self):
        more = True
        while more:
            values = []
            for message in self.consumer_.consume(BATCH, timeout=1.0):
                if not message.error():
                    values.append(message.value())
                    self.position = message.offset() + 1
                elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    more = False
                else:
                    raise SystemExit(str(message.error()))
            if values:
                yield values
        self.consumer_.close()


def change_of(value):
    """(key, row or None when it is deleted); None for tombstones."""
    if value is None:
        return None
    message = orjson.loads(value)
    payload = message.get("payload", message)
    if payload["op"] == "d":
        return payload["before"]["aid"], None
    return payload["after"]["aid"], payload["after"]


def last_states(values):
    changes = filter(None, map(change_of, values))
    return dict(changes)


def merge_batches(topic, target):
    events = 0
    target.execute(CREATE.format(key=""))
    target.execute("create table position (topic varchar, next_offset bigint)")
    for values in topic.batches():
        states = last_states(values)
        keys = pyarrow.table({"aid": pyarrow.array(states, pyarrow.int64())})
        rows = pyarrow.Table.from_pylist([row for row in states.values() if row is not None], SCHEMA)
        target.register("keys", keys)
        target.register("rows", rows)
        target.execute("begin")
        target.execute("delete from accounts using keys where accounts.aid = keys.aid")
        target.execute("insert into accounts select * from rows")
        target.execute("delete from position")
        target.execute("insert into position values (?, ?)", [topic.topic_, topic.position])
        target.execute("commit")
        events += len(values)
    return events


def replace_one_by_one(topic, target, most):
    events = 0
    target.execute(CREATE.format(key=" primary key"))
    for values in topic.batches():
        for value in values[:most - events]:
            _, row = change_of(value)
            target.execute("insert or replace into accounts values (?, ?, ?, ?)", list(row.values()))
            events += 1
        if events == most:
            break
    return events


def main():
    parser = argparse.ArgumentParser()
    for name in ("brokers", "topic", "target"):
        parser.add_argument(name)
    parser.add_argument("--per-event", type=int, metavar="N")
    arguments = parser.parse_args()
    topic = Topic(arguments.brokers, arguments.topic)
    began = time.monotonic()
    with duckdb.connect(arguments.target) as target:
        if arguments.per_event:
            events = replace_one_by_one(topic, target, arguments.per_event)
        else:
            events = merge_batches(topic, target)
    print(json.dumps({"events": events, "stream_seconds": round(time.monotonic() - began, 4)}))


if __name__ == "__main__":
    main()
