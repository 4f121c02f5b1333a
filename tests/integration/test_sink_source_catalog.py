"""Messages without schema that are younger than what the source's catalog has said, or says.

The source is a server of the tests' own; what Debezium would send is written by the tests, so that it comes when they want.
"""

import json
import time

import pytest
from support import oracle
from support.direct_flow import DirectFlow
from support.held_commits import held_commit
from support.sink import RunningSink, run_pintail, wait_until
from support.topics import Topics

class Pipe:
    """A database, a topic of its table t, and the sink between topic and target."""

    def __init__(self, server, kafka, folder):
        self.source = DirectFlow(server, folder / "source")
        self.psql, self.stack = self.source.psql, self.source.stack
        self.kafka, self.folder = kafka, folder
        self.topics = Topics(kafka.bootstrap)
        self.topics_made = set()
        self.live = None
        self.target = folder / "target.duckdb"
        self.lsn = 1000

    def send(self, xid, table="t", **row):
        topic = f"{self.source.id}.public.{table}"
        self.topics_made.add(topic)
        self.lsn += 100
        now = int(time.time() * 1_000_000)
        source = {"connector": "postgresql", "ts_ms": now // 1000, "snapshot": "false", "sequence": f'["{self.lsn - 50}","{self.lsn}"]',
                  "ts_us": now, "schema": "public", "table": table, "txId": xid, "lsn": self.lsn}
        message = {"before": None, "after": row, "source": source, "op": "c"}
        self.topics.produce(topic, [(json.dumps({"id": row["id"]}), json.dumps(message))])

    def change(self, sql):
        """Its transaction's number."""
        return int(self.psql(f"begin; {sql}; select pg_current_xact_id(); commit"))

    def arguments(self, *more):
        return ["sink", "--brokers", self.kafka.bootstrap, "--topics", f"{self.source.id}.*", "--target", str(self.target), "--group",
                self.source.id, "--source", self.source.source_url, *more]

    def start(self):
        self.live = RunningSink(self.arguments(), self.folder)
        self.live.wait_for_log("sink: ")  # from here on it answers, and can be stopped

    def stop(self):
        assert self.live.stop() == 0, self.live.log

    def await_rows(self, wanted, table="t"):
        wait_until(lambda: self.rows_(table) == wanted, f"{wanted} rows arrive")

    def rows_(self, table):
        outcome = run_pintail("query", "--target", str(self.target), "--format", "jsonl", f"select count(*) as n from {table}", cwd=self.folder)
        assert self.live.alive, self.live.log
        return int(json.loads(outcome.stdout)["n"]) if outcome.code == 0 else 0

    def assert_equal(self, table="t"):
        oracle.assert_equal(self.source.dsn, self.target, "public", table)

    def close(self):
        if self.live:
            self.live.kill()
        self.topics.delete(self.topics_made)
        self.source.close()


@pytest.fixture
def pipe(server, stack, folder):
    """The sink runs, and has loaded one row."""
    made = Pipe(server, stack.kafka, folder)
    made.send(made.change("create table t (id int primary key, v text); insert into t values (1, 'a')"), id=1, v="a")
    made.start()
    made.await_rows(1)
    yield made
    made.close()


def xid_of_held_commit(pipe):
    return int(pipe.stack.postgres.psql("select backend_xid from pg_stat_activity where wait_event = 'SyncRep'", "postgres"))


def test_a_column_whose_commit_is_not_visible_yet(pipe):
    with held_commit(pipe, "begin; alter table t add w int default 5; insert into t values (2, 'b', 6); commit"):
        pipe.send(xid_of_held_commit(pipe), id=2, v="b", w=6)
        pipe.live.wait_for_log("which the source does not show yet")
    pipe.await_rows(2)
    pipe.stop()
    pipe.assert_equal()


def test_a_table_whose_commit_is_not_visible_yet(pipe):
    with held_commit(pipe, "begin; create table u (id int primary key); insert into u values (7); commit"):
        pipe.send(xid_of_held_commit(pipe), "u", id=7)
        pipe.live.wait_for_log("which the source does not show yet")
    pipe.await_rows(1, "u")
    pipe.stop()
    pipe.assert_equal("u")


def test_a_column_that_comes_again_while_the_old_one_is_left_out(pipe):
    old = pipe.change("alter table t add w int; insert into t values (2, 'b', 6)")
    pipe.psql("alter table t drop w")
    pipe.send(old, id=2, v="b", w=6)
    pipe.await_rows(2)
    pipe.send(pipe.change("alter table t add w int; insert into t values (3, 'c', 7)"), id=3, v="c", w=7)
    pipe.await_rows(3)
    pipe.stop()
    pipe.assert_equal()
