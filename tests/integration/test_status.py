"""What a running pintail, or a file, says of itself: docs/query.md and the JSON agree field by field."""

import http.client
import json
import re
import socket

import confluent_kafka
import pytest
from support import oracle
from support.sink import ROOT, run_pintail, wait_until
from support.topics import client


def documented(section):
    """The fields of a table of docs/query.md."""
    text = (ROOT / "docs" / "query.md").read_text()
    table = re.search(rf"<!-- {section} -->(.*)<!-- /{section} -->", text, re.S).group(1)
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.M))


def fields(value, path=""):
    """Paths of all fields of a JSON value, in the document's way of writing them."""
    if isinstance(value, dict):
        for name, inner in value.items():
            here = f"{path}.{name}" if path else name
            yield here
            yield from fields(inner, here)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, f"{path}[]")


def answer(flow, *command):
    outcome = run_pintail(*command, "--target", flow.target, "--json", cwd=flow.folder)
    assert outcome.code == 0, outcome
    return json.loads(outcome.stdout)


def test_every_field_is_documented(flow, direct):
    """Of a sink that guesses types and has set a message aside, of `pintail run`, of both files."""
    seen = set()
    flow.psql("create table t (id int primary key, v text); insert into t values (1, 'a')")
    flow.connect()
    flow.topics.create(f"{flow.prefix}.public.guessed")
    guessed = {"before": None, "after": {"id": 1}, "op": "c", "ts_ms": 1, "source": {
        "version": "3.7", "connector": "postgresql", "name": flow.prefix, "ts_ms": 1, "snapshot": "false", "db": "d",
        "sequence": '["1","2"]', "schema": "public", "table": "guessed", "txId": 1, "lsn": 2, "xmin": None}}
    flow.topics.produce(f"{flow.prefix}.public.guessed", [(b'{"id":1}', json.dumps(guessed).encode()), (b"k", b"no json")])
    flow.settle()
    flow.start_sink("--infer").wait_for_log("reading ")
    status = wait_until(lambda: (now := answer(flow, "status")) and now["quarantine"]["messages"] and len(now["tables"]) == 3 and now,
                        "the sink has read it all")
    seen.update(fields(status))
    assert status["live"] and status["pipeline"]["state"] == "running" and status["pipeline"]["waiting_for"] is None
    topics = json.loads(run_pintail("topics", "--brokers", flow.stack.kafka.bootstrap, "--topics", f"{flow.prefix}.*", "--target", flow.target, "--json",
                                    cwd=flow.folder).stdout)
    flow.stop_sink()
    seen.update(fields(answer(flow, "status")))
    direct.psql("create table t (id int primary key); insert into t values (1)")
    direct.start()
    status = wait_until(lambda: (now := answer(direct, "status"))["pipeline"]["slot_log"] and now["tables"] and now, "the run has looked at its slot")
    seen.update(fields(status))
    assert seen == documented("status")
    assert set(fields(topics)) == documented("topics")


def test_topics_without_a_target(flow):
    """Then nobody knows what was read: neither that nothing was, nor how far behind it is."""
    flow.topics.create(f"{flow.prefix}.public.t")

    def topics(*more):
        outcome = run_pintail("topics", "--brokers", flow.stack.kafka.bootstrap, "--topics", f"{flow.prefix}.*", *more, cwd=flow.folder)
        assert outcome.code == 0, outcome
        return outcome.stdout

    unknown = topics()
    assert "no target given (--target FILE)" in unknown and "not read yet" not in unknown
    unknown = json.loads(topics("--json"))
    assert unknown["lag"] is None and unknown["topics"][0]["lag"] is None and unknown["topics"][0]["partitions"][0]["lag"] is None
    (flow.folder / ".env").write_text("DUCKDB_PATH=later.duckdb\n")
    before_the_first_run = topics()
    assert "not read yet" in before_the_first_run and "lag in all: 0" in before_the_first_run


# Limits of queries.


@pytest.fixture
def loaded(flow_on, server):
    """A flow of `pintail run`: the control socket is the same."""
    return flow_on(server, "create table t (id int primary key); insert into t values (1)")


def ask(flow, *flags, sql="select i, repeat('x', 100) from range(100000) r(i)"):
    return run_pintail("query", "--target", flow.target, "--format", "jsonl", *flags, sql, cwd=flow.folder)


class OverSocket(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("pintail")
        self.path_ = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path_)


@pytest.mark.parametrize("live", [True, False], ids=["running", "file"])
def test_a_query_ends_at_its_limits(loaded, live):
    """With a message that names the flag; the pintail that answers goes on."""
    if live:
        loaded.start()
        wait_until(lambda: ask(loaded, sql="from t").code == 0, "the table is shown")
    else:
        loaded.run()
    assert len(ask(loaded).stdout.splitlines()) == 100_000
    too_big = ask(loaded, "--max-bytes", "1MiB")
    assert too_big.code == 2 and "--max-bytes" in too_big.stderr and 0 < len(too_big.stdout.splitlines()) < 12_000
    endless = "select count(*) from range(1000000000) a, range(1000000000) b"
    too_long = ask(loaded, "--timeout", "200ms", sql=endless)
    assert too_long.code == 2 and "--timeout" in too_long.stderr
    assert ask(loaded, "--max-bytes", "none").code == 2 and ask(loaded, "--timeout", "soon").code == 2
    assert len(ask(loaded, "--max-bytes", "0", "--timeout", "0").stdout.splitlines()) == 100_000
    assert ask(loaded, sql="select count(*) as n from t").stdout.strip() == '{"n": 1}'


def test_a_query_over_the_socket_has_limits_too(loaded):
    loaded.start()
    wait_until(lambda: ask(loaded, sql="from t").code == 0, "the table is shown")

    def post(**request):
        http_connection = OverSocket(f"{loaded.target}.sock")
        http_connection.request("POST", "/query", json.dumps(request), {"Content-Type": "application/json"})
        return [json.loads(line) for line in http_connection.getresponse().read().splitlines() if line]

    assert post(sql="select 1 as a, null as b") == [
        {"columns": [{"name": "a", "type": "INTEGER"}, {"name": "b", "type": "INTEGER"}]}, ["1", None],
        {"end": {"rows": 1, "truncated": False}}]
    assert post(sql="from range(10)", max_rows=1)[-1] == {"end": {"rows": 1, "truncated": True}}
    assert "max_bytes" in post(sql="from range(1000)", max_bytes=100)[-1]["error"]["message"]
    assert "timeout_ms" in post(sql="select count(*) from range(1000000000) a, range(1000000000) b", timeout_ms=100)[-1]["error"]["message"]


def test_a_transaction_that_does_not_end(flow):
    """Of a producer that lives, on a table's topic: the sink stands before it, says so, and goes on when it is ended."""
    flow.psql("create table t (id int primary key, v text); insert into t values (1, 'a')")
    flow.connect()
    flow.settle()
    flow.start_sink()
    topic = flow.topic("public", "t")
    first = flow.topics.read(topic)[0]
    producer = confluent_kafka.Producer(client(flow.stack.kafka.bootstrap, **{"transactional.id": flow.id, "transaction.timeout.ms": 600_000}))
    producer.init_transactions(60)
    producer.begin_transaction()
    producer.produce(topic, key=first.key(), value=first.value(), partition=0)
    assert producer.flush(60) == 0
    flow.psql("insert into t values (2, 'behind it')")
    held_up = wait_until(lambda: answer(flow, "status")["pipeline"]["waits_for"], "the sink says what holds it up", 120)
    assert len(held_up) == 1 and held_up[0].startswith(f"{topic} [0]: a transaction"), held_up
    assert flow.live.log.count("held up by") == 1 and "kafka-transactions.sh find-hanging" in flow.live.log, flow.live.log
    producer.abort_transaction(60)
    wait_until(lambda: not answer(flow, "status")["pipeline"]["waits_for"], "nothing holds it up any more")
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2
