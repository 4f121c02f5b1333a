"""One Kafka broker: its own controller (KRaft), or with ZooKeeper in the older flavour."""

import base64
import json
import shlex
import subprocess
import time
import uuid

from stack.access import require
from stack.jvm import java, write_properties
from stack.ports import HOST
from stack.server import Server

HEAP_MIB = 512
# A Debezium row with one large text is one message.
MESSAGE_MAX_BYTES = 16 * 1024 * 1024
# How long a killed broker counts as alive; 4 s is the least ZooKeeper grants, and survives a busy machine's pauses.
SESSION_MS = 4000

COMMON = {
    "num.partitions": 1,
    "default.replication.factor": 1,
    "auto.create.topics.enable": "true",
    "message.max.bytes": MESSAGE_MAX_BYTES,
    "replica.fetch.max.bytes": MESSAGE_MAX_BYTES,
    "offsets.topic.replication.factor": 1,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": 1,
    "transaction.state.log.min.isr": 1,
    "transaction.state.log.num.partitions": 4,
    # A single consumer need not wait for others to join.
    "group.initial.rebalance.delay.ms": 0,
    # Tests of crashed consumers shall not wait the default 6 s.
    "group.min.session.timeout.ms": 1000,
    "log.segment.bytes": 256 * 1024 * 1024,
    "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
}


class Kafka(Server):
    name = "kafka"

    @property
    def bootstrap(self):
        return f"{HOST}:{self.port}"

    def answers(self):
        """Whether it tells its metadata to a client and counts itself in."""
        done = subprocess.run([require("kcat"), "-b", self.bootstrap, "-L", "-J", "-m", "2"], capture_output=True)
        return done.returncode == 0 and bool(json.loads(done.stdout)["brokers"])

    def broker(self, config):
        return java(self.context, HEAP_MIB, self.context.kafka_jars, "kafka.Kafka", config)

    def folder(self):
        return self.context.account.folder(self.context.dir / "kafka")


class KRaftKafka(Kafka):
    extra_ports = ("controller",)

    def command(self):
        controller, folder = f"{HOST}:{self.context.ports['controller']}", self.folder()
        config = write_properties(self.context, "kafka.properties", COMMON | {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": folder,
            # A killed broker can register again only after its session.
            "broker.session.timeout.ms": SESSION_MS,
            "broker.heartbeat.interval.ms": SESSION_MS // 8,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
        })
        if (folder / "meta.properties").exists():
            return self.broker(config)
        format_folder = java(self.context, HEAP_MIB, self.context.kafka_jars,
                             "kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", config)
        # One process for both, so that other servers can start meanwhile; exec keeps the pid.
        return ["/bin/sh", "-c", f"{shlex.join(format_folder)} && exec {shlex.join(self.broker(config))}"]


class ZooKeeperKafka(Kafka):
    needs = ("zookeeper",)

    def __init__(self, context, zookeeper):
        super().__init__(context)
        self.zookeeper_ = zookeeper

    def command(self):
        self.wait_for_old_session()
        return self.broker(write_properties(self.context, "kafka.properties", COMMON | {
            "broker.id": 1,
            "zookeeper.connect": f"{HOST}:{self.zookeeper_.port}",
            "zookeeper.session.timeout.ms": SESSION_MS,
            "listeners": f"PLAINTEXT://{self.bootstrap}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "log.dirs": self.folder(),
        }))

    def wait_for_old_session(self):
        """A broker that finds its killed predecessor registered ends with NodeExistsException."""
        deadline = time.monotonic() + 30
        while self.zookeeper_.has_broker() and time.monotonic() < deadline:
            time.sleep(0.2)


def new_cluster_id():
    """Kafka's form of a UUID. One that begins with '-' would look like an option."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text
