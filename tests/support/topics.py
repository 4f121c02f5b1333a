"""Kafka from the tests' side: another client library's binding than the sink's own code."""

import json
import time

import confluent_kafka
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

READING = {"group.id": "pintail-tests", "enable.auto.commit": False, "isolation.level": "read_committed",
           "fetch.message.max.bytes": 16 << 20, "topic.metadata.refresh.interval.ms": 200, "fetch.wait.max.ms": 50}


def client(bootstrap, **more):
    # Only what is critical goes to the terminal: brokers come and go in these tests.
    return {"bootstrap.servers": bootstrap, "log_level": 2, **more}


class Topics:
    def __init__(self, bootstrap):
        self.bootstrap = bootstrap
        self.admin_ = AdminClient(client(bootstrap))

    def names(self, prefix=""):
        return sorted(name for name in self.admin_.list_topics(timeout=30).topics if name.startswith(prefix))

    def create(self, name, partitions=1, **config):
        new = NewTopic(name, num_partitions=partitions, replication_factor=1,
                       config={key.replace("_", "."): str(value) for key, value in config.items()})
        for future in self.admin_.create_topics([new]).values():
            future.result(60)
        self.wait_(lambda: name in self.names())

    def delete(self, names):
        if not names:
            return
        for future in self.admin_.delete_topics(list(names)).values():
            future.result(60)
        self.wait_(lambda: not set(names) & set(self.names()))

    def delete_records(self, name, before_offset, partition=0):
        """What retention does."""
        place = confluent_kafka.TopicPartition(name, partition, before_offset)
        for future in self.admin_.delete_records([place]).values():
            future.result(60)

    def wait_(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, "Kafka's metadata did not change"
            time.sleep(0.05)

    def id_of(self, name):
        found = self.admin_.describe_topics(TopicCollection([name]))[name].result(60).topic_id
        return str(found).translate(str.maketrans("+/", "-_"))  # as Kafka's own tools print it

    def ends(self, name):
        """High watermark of each partition."""
        consumer = self.consumer_()
        try:
            partitions = consumer.list_topics(name, timeout=30).topics[name].partitions
            return {number: consumer.get_watermark_offsets(confluent_kafka.TopicPartition(name, number), timeout=30)[1]
                    for number in partitions}
        finally:
            consumer.close()

    def produce(self, topic, messages, partition=0, timestamp=0):
        """messages: (key, value) or (key, value, headers), each bytes, str or None. timestamp 0: now."""
        producer = confluent_kafka.Producer(client(self.bootstrap, **{"message.max.bytes": 16 << 20}))
        failures = []
        for key, value, *headers in messages:
            producer.produce(topic, key=key, value=value, partition=partition, headers=headers[0] if headers else None,
                             timestamp=timestamp,
                             on_delivery=lambda error, _: failures.append(error) if error else None)
        assert producer.flush(60) == 0 and not failures, failures

    def produce_transactions(self, topic, transactions):
        """Each a list of (key, value). The end of each takes an offset, too."""
        producer = confluent_kafka.Producer(client(self.bootstrap, **{"transactional.id": f"tests-{topic}"}))
        producer.init_transactions(60)
        for messages in transactions:
            producer.begin_transaction()
            for key, value in messages:
                producer.produce(topic, key=key, value=value, partition=0)
            producer.commit_transaction(60)

    def committed(self, group, topic, partition=0):
        place = confluent_kafka.TopicPartition(topic, partition)
        consumer = confluent_kafka.Consumer(client(self.bootstrap, **READING | {"group.id": group}))
        try:
            return consumer.committed([place], timeout=30)[0].offset
        finally:
            consumer.close()

    def consumer_(self):
        return confluent_kafka.Consumer(client(self.bootstrap, **READING))

    def read(self, name, partition=0, first=0):
        """All messages of a partition as it stands: confluent_kafka's Message objects."""
        consumer = self.consumer_()
        try:
            place = confluent_kafka.TopicPartition(name, partition, first)
            end = consumer.get_watermark_offsets(place, timeout=30)[1]
            consumer.assign([place])
            found = []
            while consumer.position([place])[0].offset < end:
                for message in consumer.consume(10_000, timeout=0.2):
                    if not message.error():
                        found.append(message)
            return found
        finally:
            consumer.close()


class MarkerReader:
    """Follows the topic of a marker table: a marker that is there proves that all changes before it are there."""

    def __init__(self, bootstrap, topic):
        self.topic_ = topic
        self.consumer_ = confluent_kafka.Consumer(client(bootstrap, **READING))
        self.consumer_.assign([confluent_kafka.TopicPartition(topic, 0, 0)])
        self.seen_ = set()

    def has(self, marker, wait_seconds=0.2):
        for message in [] if marker in self.seen_ else self.consumer_.consume(1000, timeout=wait_seconds):
            if message.error() or message.value() is None:
                continue
            value = json.loads(message.value())
            row = value.get("payload", value).get("after")
            if row:
                self.seen_.add(row["id"])
        return marker in self.seen_

    def close(self):
        self.consumer_.close()


def retention(bootstrap, topic, **config):
    admin = AdminClient(client(bootstrap))
    resource = ConfigResource(ResourceType.TOPIC, topic, set_config={k.replace("_", "."): str(v) for k, v in config.items()})
    for future in admin.alter_configs([resource]).values():
        future.result(60)
