"""The Debezium connectors that make the topics: the project's own template, one of them without schemas, one with."""

import json
import pathlib
import re
import time
import urllib.error

import confluent_kafka

from stack import StackError

TEMPLATE = pathlib.Path(__file__).resolve().parents[2] / "connectors" / "connector_template.json"
GIVE_UP_SECONDS = 3600


def config(kind, compression):
    placeholders = {
        "name": kind, "topic_prefix": kind, "slot": f"bench_{kind}", "publication": f"bench_{kind}",
        "tables": "public.accounts,public.finished", "schemas_enabled": "true" if kind == "schemas" else "false",
        "decimal_handling": "precise" if kind == "schemas" else "string",
        "host": "${env:POSTGRES_HOST}", "port": "${env:POSTGRES_PORT}", "user": "${env:POSTGRES_USER}",
        "password": "${env:POSTGRES_PASSWORD}", "database": "${env:POSTGRES_DB}",
    }
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: placeholders[match[1]], TEMPLATE.read_text())
    return json.loads(text)["config"] | {
        "snapshot.mode": "no_data",  # the tables are empty; everything is to stream
        "producer.override.compression.type": compression,
        "topic.creation.default.retention.ms": "-1",  # the topics are kept for later runs
    }


def wait_until(what, answered):
    deadline = time.monotonic() + GIVE_UP_SECONDS
    while not answered():
        if time.monotonic() > deadline:
            raise StackError(f"{what}: not within {GIVE_UP_SECONDS} s")
        time.sleep(0.2)


def wait_streaming(stack, kinds):
    """Only what is changed from here on streams; what was there before would be a snapshot."""
    active = "select count(*) from pg_replication_slots where active and slot_name like 'bench_%'"
    wait_until("connectors to stream", lambda: int(stack.postgres.psql(active)) == len(kinds))


def wait_finished(stack, kinds):
    """The last transaction's row in public.finished is readable in every connector's topic: all before it is, too."""
    consumer = confluent_kafka.Consumer({
        "bootstrap.servers": stack.kafka.bootstrap, "group.id": "bench-finished", "enable.auto.commit": False,
        "isolation.level": "read_committed"})
    for kind in kinds:
        topic = f"{kind}.public.finished"
        wait_until(f"topic {topic}",
                   lambda: still_running(stack, kind) and topic in consumer.list_topics(timeout=30).topics)
        consumer.assign([confluent_kafka.TopicPartition(topic, 0, confluent_kafka.OFFSET_BEGINNING)])
        wait_until(f"connector {kind} to finish", lambda: still_running(stack, kind) and is_event(consumer.poll(1.0)))
    consumer.close()


def still_running(stack, kind):
    stack.connect.wait_running(kind)  # raises with the trace of a task that failed
    return True


def is_event(message):
    return message is not None and not message.error()


def remove(stack, kinds):
    """The slots go too: they would hold back WAL as long as the data is kept."""
    for kind in kinds:
        stack.connect.request("PUT", f"/connectors/{kind}/stop")
    wait_until("connectors to stop", lambda: all(is_stopped(stack, kind) for kind in kinds))
    for kind in kinds:
        stack.connect.request("DELETE", f"/connectors/{kind}/offsets")
        stack.connect.delete(kind)
        stack.postgres.psql(f"select pg_drop_replication_slot('bench_{kind}'); drop publication bench_{kind}")


def is_stopped(stack, kind):
    try:
        status = stack.connect.request("GET", f"/connectors/{kind}/status")
    except urllib.error.HTTPError:
        return False
    return status["connector"]["state"] == "STOPPED" and not status["tasks"]
