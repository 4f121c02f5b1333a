"""One way of the data: a database, its connectors, their topics, a sink, a target file.

Everything is named after one id, so that many flows share a stack. close() removes it all.
"""

import itertools
import os
import re
import shutil
import time
import urllib.error
import urllib.parse

from support import connector
from support.sink import RunningSink, run_pintail
from support.topics import MarkerReader, Topics

from stack import StackError

MARKER = "pintail_marker"
# Far above what Debezium takes to deliver what a test writes.
DELIVERY_SECONDS = 120

numbers = itertools.count(1)


class Flow:
    def __init__(self, stack, folder, schemas_on=True, connector_overrides=None, sink_flags=()):
        self.stack, self.folder = stack, folder
        self.schemas_on, self.sink_flags = schemas_on, list(sink_flags)
        self.connector_overrides = dict(connector_overrides or {})
        self.id = f"t{os.getpid()}_{next(numbers)}"
        self.database = self.id
        self.prefix = self.id
        self.target = folder / "target.duckdb"
        self.topics = Topics(stack.kafka.bootstrap)
        self.connectors = {}  # schema -> name
        self.markers_ = {}  # schema -> MarkerReader
        self.marker_number_ = itertools.count(1)
        self.live = None
        self.slots_ = {}  # of every connector there has been
        stack.postgres.psql(f"create database {self.database}", "postgres")
        # Debezium gets a commit once it is written and asks the catalog what it means, defaults for one: the server may not
        # show it yet (docs/debezium.md). Written late, it does.
        stack.postgres.psql(f"alter database {self.database} set synchronous_commit = off", "postgres")

    # The source.

    def psql(self, sql):
        return self.stack.postgres.psql(sql, self.database)

    @property
    def dsn(self):
        return self.stack.postgres.dsn(self.database)

    @property
    def source_url(self):
        who, quote = self.stack.credentials, lambda text: urllib.parse.quote(text, safe="")
        return f"postgres://{quote(who.user)}:{quote(who.password)}@127.0.0.1:{self.stack.postgres.port}/{self.database}"

    def tables(self):
        """(schema, table) of every table, partitions under their root, without what the tests themselves need."""
        rows = self.psql(
            "select format('%s%s%s', n.nspname, chr(31), c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') "
            "and n.nspname !~ '^pg_t' order by 1")
        found = [tuple(row.split("\x1f")) for row in rows.split("\n") if row]
        return [table for table in found if table[1] not in (MARKER, "debezium_signal")]

    # The connectors: one per schema, as `pintail connectors generate` makes them.

    def connect(self, tables=None):
        """Registers a connector for each schema that has tables (again, with all tables of now, when there is one)."""
        by_schema = {}
        for schema, table in tables or self.tables():
            by_schema.setdefault(schema, []).append(table)
        for schema in by_schema:
            self.psql(f"create table if not exists {quoted(schema)}.{MARKER} (id int primary key)")
        for (schema, name), config in self.generate_(sorted(by_schema.items())).items():
            self.connectors[schema] = name
            self.slots_[name] = config["slot.name"]
            self.stack.connect.put(name, config)
            self.await_publication_(config["publication.name"], [*by_schema[schema], MARKER], schema)
            # A reader for a connector that was made anew goes on where it was.
            if schema not in self.markers_:
                self.markers_[schema] = MarkerReader(self.stack.kafka.bootstrap, self.topic(schema, MARKER))

    def await_publication_(self, publication, tables, schema):
        """A connector whose configuration changed is RUNNING before its task is the new one; this shows that it is."""
        deadline = time.monotonic() + DELIVERY_SECONDS
        listed = ", ".join("'" + table.replace("'", "''") + "'" for table in tables)
        sql = (f"select count(*) from pg_publication_tables where pubname = '{publication}' "
               f"and schemaname = '{schema}' and tablename in ({listed})")
        while int(self.psql(sql)) < len(tables):
            assert time.monotonic() < deadline, f"publication {publication} does not get its tables: {listed}"
            time.sleep(0.1)

    def generate_(self, by_schema):
        signals = ["debezium_signal"] if "signal.data.collection" in self.connector_overrides else []
        entries = [connector.entry(self.id, schema, [*tables, MARKER, *signals], self.schemas_on, self.connector_overrides)
                   for schema, tables in by_schema]
        made = connector.generate(self.folder, self.source_url, self.prefix, entries)
        return {(schema, name): config for (schema, _), (name, config) in zip(by_schema, made.items())}

    def disconnect(self):
        """Deletes connectors, their offsets and slots: the next connect() begins with a snapshot."""
        for name in self.connectors.values():
            self.delete_connector(name, offsets=True)
        self.connectors = {}

    def delete_connector(self, name, offsets=False):
        request = self.stack.connect.request
        try:
            if offsets:
                request("PUT", f"/connectors/{name}/stop")
                self.retry(lambda: request("DELETE", f"/connectors/{name}/offsets"))
            self.retry(lambda: request("DELETE", f"/connectors/{name}"))
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        self.drop_slot_(self.slots_[name])

    def retry(self, call, patience_seconds=60):
        """Connect answers 400 or 409 while tasks stop or the group rebalances."""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                return call()
            except urllib.error.HTTPError as error:
                if error.code not in (400, 409, 500) or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def drop_slot_(self, slot):
        deadline = time.monotonic() + 60
        while True:
            active = self.stack.postgres.psql(
                f"select active_pid from pg_replication_slots where slot_name = '{slot}' and active", "postgres")
            if not active:
                break
            self.stack.postgres.psql(f"select pg_terminate_backend({active})", "postgres")
            assert time.monotonic() < deadline, f"slot {slot} stays in use"
            time.sleep(0.1)
        self.stack.postgres.psql(f"select pg_drop_replication_slot(slot_name) from pg_replication_slots "
                                 f"where slot_name = '{slot}'", "postgres")

    def topic(self, schema, table):
        # Debezium's own rule for names that Kafka would not take.
        return re.sub(r"[^A-Za-z0-9._-]", "_", f"{self.prefix}.{schema}.{table}")

    # Waiting until Debezium has delivered.

    def settle(self):
        """Returns when everything that the source has committed so far lies in Kafka."""
        marks = {}
        for schema in self.connectors:
            marks[schema] = next(self.marker_number_)
            self.psql(f"insert into {quoted(schema)}.{MARKER} values ({marks[schema]})")
        for schema, mark in marks.items():
            self.await_marker_(schema, mark)

    def await_marker_(self, schema, mark):
        deadline = time.monotonic() + DELIVERY_SECONDS
        checked = time.monotonic()
        while not self.markers_[schema].has(mark):
            if time.monotonic() - checked > 3:
                self.check_connector_(self.connectors[schema])
                checked = time.monotonic()
            assert time.monotonic() < deadline, (
                f"Debezium did not deliver within {DELIVERY_SECONDS} s: {self.stack.connect.state_of(self.connectors[schema])}")

    def check_connector_(self, name):
        try:
            state = self.stack.connect.state_of(name)
        except OSError:
            return  # Connect is away; a test that does that brings it back
        for task in state.get("tasks", []):
            if task["state"] == "FAILED":
                raise StackError(f"connector {name} failed: {task.get('trace', '')[:4000]}")

    # The sink.

    def sink_arguments(self, *more):
        source = [] if self.schemas_on else ["--source", self.source_url]
        return ["sink", "--brokers", self.stack.kafka.bootstrap, "--topics", f"{self.prefix}.*", "--target",
                str(self.target), "--group", self.id, *source, *self.sink_flags, *more]

    def sink(self, *more, expect_code=0):
        """One finite run up to the end of the topics."""
        outcome = run_pintail(*self.sink_arguments("--until", "end", *more), cwd=self.folder)
        assert outcome.code == expect_code, f"pintail sink: {outcome}"
        return outcome

    def start_sink(self, *more):
        self.live = RunningSink(self.sink_arguments(*more), self.folder)
        self.live.wait_for_log("sink: ")  # from here on it can be stopped
        return self.live

    def stop_sink(self):
        """As Ctrl-C: the sink ends with 0 and the target can be opened."""
        if self.live:
            code, log = self.live.stop(), self.live.log
            self.live = None
            assert code == 0, f"the sink ended with {code}:\n{log[-8000:]}"

    def catch_up(self):
        """Everything of the source is in the target when this returns; no sink runs then."""
        self.settle()
        self.stop_sink()
        self.sink()

    def committed_offset(self, topic, partition=0):
        """What the sink has told the group: for the eyes of lag monitors; -1001 when it has not."""
        return self.topics.committed(self.id, topic, partition)

    # The end.

    def close(self):
        if self.live:
            self.live.kill()
        for reader in self.markers_.values():
            reader.close()
        for name in self.slots_:
            self.delete_connector(name)
        self.stack.postgres.psql(f"drop database {self.database} with (force)", "postgres")
        self.topics.delete(self.topics.names(f"{self.prefix}.") + self.topics.names(f"__debezium-heartbeat.{self.prefix}"))
        shutil.rmtree(self.folder, ignore_errors=True)


def quoted(name):
    return '"' + name.replace('"', '""') + '"'
