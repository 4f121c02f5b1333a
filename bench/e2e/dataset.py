"""The topics that all contestants read: made once by a real Debezium, kept under .bench/ and used again."""

import hashlib
import json
import pathlib
import shutil
import time

import connectors
import workload
from stack import Stack
from stack.core import VERSIONS

FLAVOUR = "current"
KINDS = ("plain", "schemas")  # JsonConverter's schemas.enable off and on


def topic(kind):
    return f"{kind}.{workload.TABLE}"


class Dataset:
    """A stack's data folder that holds the topics, and what they amount to."""

    def __init__(self, root, events, compression):
        self.events, self.compression = events, compression
        self.inputs = {
            "events": events, "load": workload.load_sql(events), "create": workload.CREATE, "versions": VERSIONS[FLAVOUR],
            "connectors": {kind: connectors.config(kind, compression) for kind in KINDS},
        }
        key = hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()[:10]
        self.folder = pathlib.Path(root) / f"{events}-{compression}-{key}"
        self.manifest_path = self.folder / "manifest.json"
        self.stack = Stack(dir=self.folder / "stack", flavour=FLAVOUR, jvm="throughput", fsync=False,
                           die_with_parent=True)

    def up(self):
        """Broker with the topics, and the Postgres they came from. Makes them when they are not there."""
        if not self.manifest_path.exists():
            self.make()
        self.stack.up("postgres", "kafka")
        return json.loads(self.manifest_path.read_text())

    def down(self):
        self.stack.down()

    def make(self):
        print(f"making topics of {self.events:,} events in {self.folder} (once)", flush=True)
        self.stack.down()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stack.up()
        self.stack.postgres.psql(workload.CREATE)
        for kind in KINDS:
            self.stack.connect.put(kind, connectors.config(kind, self.compression))
        connectors.wait_streaming(self.stack, KINDS)
        began = time.monotonic()
        self.stack.postgres.psql(workload.load_sql(self.events))
        loaded = time.monotonic()
        connectors.wait_finished(self.stack, KINDS)
        manifest = {
            "events": self.events,
            "compression": self.compression,
            "load_seconds": round(loaded - began, 1),
            "debezium_seconds": round(time.monotonic() - began, 1),
            "checksums": workload.checksums(self.stack.postgres.psql, workload.TABLE),
            "first_checksums": workload.checksums(self.stack.postgres.psql, self.as_inserted(workload.FIRST_EVENTS)),
        }
        connectors.remove(self.stack, KINDS)
        self.stack.down()
        self.manifest_path.write_text(json.dumps(manifest, indent=2) + "\n")
        print(f"made in {manifest['debezium_seconds']} s", flush=True)

    def as_inserted(self, count):
        """The first rows as they were before any update."""
        return f"(select aid, bid, aid * 7919 % 100000 as balance, filler from {workload.TABLE} where aid <= {count}) r"
