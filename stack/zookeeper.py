"""ZooKeeper, for the older flavour."""

import socket

from stack.jvm import java, write_properties
from stack.ports import HOST
from stack.server import Server

HEAP_MIB = 128


class ZooKeeper(Server):
    name = "zookeeper"

    def command(self):
        config = write_properties(self.context, "zookeeper.properties", {
            "dataDir": self.context.account.folder(self.context.dir / "zookeeper"),
            "clientPort": self.port,
            "clientPortAddress": HOST,
            "tickTime": 2000,
            # Its admin server would listen on 8080.
            "admin.enableServer": "false",
            "4lw.commands.whitelist": "srvr,dump",
        })
        return java(self.context, HEAP_MIB, self.context.kafka_jars,
                    "org.apache.zookeeper.server.quorum.QuorumPeerMain", config)

    def ask(self, word):
        """ZooKeeper's answer to one of its four-letter words; empty when it gives none."""
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as connection:
                connection.sendall(word)
                return b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        except OSError:
            return ""

    def answers(self):
        return "Mode:" in self.ask(b"srvr")

    def has_broker(self):
        """Whether a broker is still registered; a killed one stays so until its session runs out."""
        return "/brokers/ids/" in self.ask(b"dump")
