"""What goes wrong outside is answered clearly: the exit code, a message that names the thing and the way out, and
nothing is lost: once it is mended, the same target catches up."""

import json
import os
import re
import socket

import duckdb
import pytest
from support import oracle
from support.sink import RunningSink, clean_environment, run_pintail, wait_until

SETUP = "create table t (id int primary key, v text, n numeric(6,2)); insert into t select i, 'v' || i, i from generate_series(1, 20) i"


@pytest.fixture
def loaded(flow):
    """A flow whose target holds what the source has."""
    flow.psql(SETUP)
    flow.connect()
    flow.catch_up()
    assert_equal(flow)
    return flow


def assert_equal(flow, table="t"):
    oracle.assert_equal(flow.dsn, flow.target, "public", table)


def assert_says(outcome, code, *parts):
    assert outcome.code == code, outcome
    for part in parts:
        assert re.search(part, outcome.text), f"not in the message: {part}\n{outcome}"
    assert "postgres:postgres@" not in outcome.text


def assert_one_line_of_trouble(outcome):
    """One message, not a cascade of them."""
    assert len([line for line in outcome.stderr.splitlines() if line.startswith("pintail: ")]) == 1, outcome


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def flags(flow, *more, **changed):
    """The flow's flags with some replaced: flags(flow, target=…, brokers=…)."""
    arguments = flow.sink_arguments("--until", "end", *more)
    for name, value in changed.items():
        arguments[arguments.index(f"--{name}") + 1] = str(value)
    return arguments


def quarantine(target):
    with oracle.open_target(target) as opened:
        return opened.execute('select topic, partition, "offset", key, value, headers, reason from pintail.quarantine '
                              "order by id").fetchall()


# The broker and its topics.


def test_broker_unreachable(loaded):
    loaded.psql("update t set v = 'later'")
    port = free_port()
    outcome = run_pintail(*flags(loaded, brokers=f"127.0.0.1:{port}"), cwd=loaded.folder)
    assert_says(outcome, 1, f"127.0.0.1:{port}", "Connection refused")
    assert_one_line_of_trouble(outcome)
    assert "waiting" not in outcome.text, outcome
    new = loaded.folder / "new.duckdb"
    assert_says(run_pintail(*flags(loaded, brokers=f"127.0.0.1:{port}", target=new), cwd=loaded.folder), 1, f"127.0.0.1:{port}")
    assert not new.exists(), "a refusal leaves no empty target behind"
    loaded.catch_up()
    assert_equal(loaded)


def test_no_such_topic(loaded):
    outcome = run_pintail(*flags(loaded, topics=f"{loaded.prefix}.public.nothing"), cwd=loaded.folder)
    assert_says(outcome, 1, f"no such topic: {loaded.prefix}.public.nothing", "pintail topics")


def test_no_topic_matches(loaded):
    outcome = run_pintail(*flags(loaded, topics="nothing.like.this.*"), cwd=loaded.folder)
    assert_says(outcome, 1, r"nothing\.like\.this\.\*", "pintail topics")


def test_empty_topic(loaded):
    loaded.topics.create(f"{loaded.prefix}.public.empty")
    loaded.sink()
    assert_equal(loaded)


def test_tables_wanted_later(flow):
    """What a sink has left out it loads whole once it is wanted."""
    flow.psql("create table a (id int primary key); create table b (id int primary key); insert into a values (1); insert into b values (1), (2)")
    flow.connect()
    flow.settle()
    flow.sink("--tables", "public.a")
    flow.psql("insert into b values (3)")
    flow.settle()
    flow.sink("--tables", "public.a,public.b")
    for table, rows in (("a", 1), ("b", 3)):
        assert oracle.assert_equal(flow.dsn, flow.target, "public", table) == rows


def test_target_by_a_link(loaded):
    """The file's log and socket lie beside the file, by whatever name it is opened."""
    (loaded.folder / "real").mkdir()
    link = loaded.folder / "link.duckdb"
    link.symlink_to("real/file.duckdb")
    for _ in range(2):  # a file that comes into being, and one that is there
        assert run_pintail(*flags(loaded, target=link, group=f"{loaded.id}-link"), cwd=loaded.folder).code == 0
    assert sorted(path.name for path in (loaded.folder / "real").iterdir()) == ["file.duckdb"]
    assert oracle.assert_equal(loaded.dsn, loaded.folder / "real" / "file.duckdb", "public", "t")


def test_target_in_memory(loaded):
    assert_says(run_pintail(*flags(loaded, target=":memory:"), cwd=loaded.folder), 1, "is no file")


def test_url_without_a_scheme_hides_its_password(loaded):
    outcome = run_pintail(*flags(loaded, "--source", "user:geheim@host"), cwd=loaded.folder)
    assert outcome.code != 0 and "geheim" not in outcome.text, outcome


def test_topic_that_comes_later(flow):
    """A sink that runs on waits for its topic."""
    flow.psql(SETUP)
    sink = flow.start_sink()
    sink.wait_for_log("waiting for one to appear")
    flow.connect()
    flow.settle()
    wait_until(lambda: f"reading {flow.topic('public', 't')}" in sink.log, "the sink finds the topic")
    flow.catch_up()
    assert_equal(flow)


def test_recreated_topic(loaded):
    """Positions of a topic that was deleted and made anew mean nothing: refused, with the way out."""
    loaded.disconnect()
    topic = loaded.topic("public", "t")
    loaded.topics.delete([topic])
    loaded.psql("update t set v = 'new life' where id > 10; delete from t where id = 1")
    loaded.connect()
    loaded.settle()
    outcome = run_pintail(*flags(loaded), cwd=loaded.folder)
    assert_says(outcome, 1, re.escape(topic), "deleted and made anew", f"--reset-topic {re.escape(topic)}")
    loaded.sink("--reset-topic", topic)
    assert_equal(loaded)
    loaded.sink()
    assert_equal(loaded)


@pytest.mark.parametrize("policy, refused", [("delete", True), ("compact", False)])
def test_recreated_topic_without_a_record_at_the_offset(loaded, policy, refused):
    """Where the target's last record was, the new topic has the end of a transaction, which no consumer is given. Only
    on a compacted topic may a record be missing, as long as no topic id says more."""
    topic = loaded.topic("public", "t")
    with oracle.open_target(loaded.target) as opened:
        (last,) = opened.execute("select last_offset from pintail.kafka_offsets where topic = ?", [topic]).fetchone()
    loaded.disconnect()
    loaded.topics.delete([topic])
    loaded.topics.create(topic, cleanup_policy=policy)
    record = (b"k", b"not of Debezium")
    loaded.topics.produce_transactions(topic, [[record] * last, [record] * 5])
    assert_says(run_pintail(*flags(loaded), cwd=loaded.folder), 1, re.escape(topic), "deleted and made anew")
    with duckdb.connect(str(loaded.target)) as opened:  # as with a broker that has no ids
        opened.execute("update pintail.kafka_offsets set topic_id = null")
    outcome = run_pintail(*flags(loaded), cwd=loaded.folder)
    if refused:
        assert_says(outcome, 1, re.escape(topic), "deleted and made anew", f"--reset-topic {re.escape(topic)}")
    else:
        assert_says(outcome, 0, "quarantined")


def test_retention_gap(loaded):
    """Records that the broker removed before they were read: never skipped in silence."""
    topic = loaded.topic("public", "t")
    loaded.psql("update t set v = 'unread'; update t set v = 'last' where id = 3")
    loaded.settle()
    loaded.topics.delete_records(topic, loaded.topics.ends(topic)[0] - 2)
    outcome = run_pintail(*flags(loaded), cwd=loaded.folder)
    assert_says(outcome, 1, re.escape(topic), "retention", f"--reset-topic {re.escape(topic)}")
    loaded.disconnect()
    loaded.connect()
    loaded.settle()
    loaded.sink("--reset-topic", topic)
    assert_equal(loaded)


def test_group_of_another_target(loaded):
    other = loaded.folder / "other.duckdb"
    outcome = run_pintail(*flags(loaded, target=other), cwd=loaded.folder)
    assert_says(outcome, 1, loaded.id, "another target", "--group")
    outcome = run_pintail(*flags(loaded, target=other, group=f"{loaded.id}-other"), cwd=loaded.folder)
    assert outcome.code == 0, outcome
    oracle.assert_equal(loaded.dsn, other, "public", "t")


# The target.


def test_target_locked(loaded):
    loaded.psql("update t set v = 'later'")
    loaded.settle()
    holder = duckdb.connect(str(loaded.target))
    try:
        outcome = run_pintail(*flags(loaded), cwd=loaded.folder)
        assert_says(outcome, 1, "target.duckdb", f"in use by (process {os.getpid()}|another process)", "stop")
    finally:
        holder.close()
    loaded.sink()
    assert_equal(loaded)


def test_second_sink_on_one_target(loaded):
    first = loaded.start_sink()
    first.wait_for_log("reading ")
    outcome = run_pintail(*flags(loaded), cwd=loaded.folder)
    assert_says(outcome, 1, "target.duckdb", str(first.pid))
    assert first.alive
    loaded.catch_up()
    assert_equal(loaded)


def test_target_is_no_duckdb_file(loaded):
    other = loaded.folder / "letter.txt"
    other.write_text("Dear reader,\n" * 1000)
    outcome = run_pintail(*flags(loaded, target=other), cwd=loaded.folder)
    assert_says(outcome, 1, "letter.txt", "not a DuckDB file")
    assert other.read_text() == "Dear reader,\n" * 1000


def test_target_is_a_folder(loaded):
    outcome = run_pintail(*flags(loaded, target=loaded.folder), cwd=loaded.folder)
    assert_says(outcome, 1, "folder", "name a file")


def test_target_in_no_folder(loaded):
    outcome = run_pintail(*flags(loaded, target=loaded.folder / "none" / "x.duckdb"), cwd=loaded.folder)
    assert_says(outcome, 1, "none", "does not exist")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run the sink as somebody else")
def test_folder_that_cannot_be_written(loaded):
    closed = loaded.folder / "closed"
    closed.mkdir(mode=0o755)
    outcome = run_pintail(*flags(loaded, target=closed / "x.duckdb"), cwd="/", as_nobody=True)
    assert_says(outcome, 1, "closed/x.duckdb", "write permission")
    assert not list(closed.iterdir())


# Configuration and the command line.


def in_folder(flow, files, *arguments, **environment):
    place = flow.folder / "configured"
    place.mkdir()
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return run_pintail(*arguments, cwd=place, environment=clean_environment(**environment))


def test_malformed_dotenv(flow):
    outcome = in_folder(flow, {".env": "KAFKA_EXTERNAL_PORT=many\nthis is no setting\n"}, "sink", "--until", "end")
    assert_says(outcome, 2, r"\.env:1", r"\.env:2", "KAFKA_EXTERNAL_PORT|kafka.port", "many")


def test_malformed_toml(flow):
    outcome = in_folder(flow, {"pintail.toml": "target = 'x.duckdb'\nbrokers = [\n"}, "sink", "--until", "end")
    assert_says(outcome, 2, r"pintail\.toml")


def test_malformed_connector_config(flow):
    files = {"connectors/connector_config.json": '{"schemas": [{"name": "users", "schema": "public", "tables": ["users",]}]}',
             "connectors/connector_template.json": '{"name": "{{name}}", "config": {}}'}
    outcome = in_folder(flow, files, "connectors", "generate")
    assert_says(outcome, 2, r"connector_config\.json:1:\d+")


def test_unknown_flag(flow):
    outcome = run_pintail("sink", "--brokerz", "x", cwd=flow.folder)
    assert_says(outcome, 2, "--brokerz")


def test_unknown_command(flow):
    outcome = run_pintail("sinkk", cwd=flow.folder)
    assert_says(outcome, 2, "sinkk")


def test_query_flags_with_senseless_values(flow):
    assert_says(run_pintail("query", "--format", "xml", "select 1", cwd=flow.folder), 2, "xml", "csv")
    assert_says(run_pintail("query", "--max-rows", "-1", "select 1", cwd=flow.folder), 2, "--max-rows")


@pytest.mark.parametrize("flag,value,expected", [
    ("--brokers", "localhost:99999", "port number"),
    ("--batch-rows", "none", "whole number"), ("--on-error", "shrug", "quarantine"), ("--until", "tomorrow", "end"),
    ("--log-level", "loud", "debug"), ("--mode", "guess", "mirror"), ("--batch-bytes", "big", "MiB"),
])
def test_flag_with_a_senseless_value(flow, flag, value, expected):
    outcome = run_pintail("sink", "--target", "x.duckdb", flag, value, cwd=flow.folder)
    assert_says(outcome, 2, value, expected)
    assert not (flow.folder / "x.duckdb").exists()


def test_wrong_password_of_the_source(make_flow):
    """Types are needed from the source: the sink says what is wrong and has lost nothing."""
    flow = make_flow(schemas_on=False)
    flow.psql(SETUP)
    flow.connect()
    flow.settle()
    wrong = re.sub(r"://(\w+):[^@]+@", r"://\1:not-this-one@", flow.source_url)
    outcome = run_pintail(*flags(flow, source=wrong), cwd=flow.folder)
    assert_says(outcome, 1, "password", r"POSTGRES_PASSWORD|\.credentials")
    assert "not-this-one" not in outcome.text
    flow.sink()
    assert_equal(flow)


def test_schemaless_messages_without_source(make_flow):
    """Nothing tells the types: the sink does not guess."""
    flow = make_flow(schemas_on=False)
    flow.psql(SETUP)
    flow.connect()
    flow.settle()
    arguments = flags(flow)
    at = arguments.index("--source")
    outcome = run_pintail(*arguments[:at], *arguments[at + 2:], cwd=flow.folder)
    assert outcome.code == 1, outcome
    assert_says(outcome, 1, "--source", "--infer")
    flow.sink()
    assert_equal(flow)


def test_inferred_types_are_shown(make_flow):
    """In the log once, and again when a value proves a guess wrong; in the status as they are now."""
    flow = make_flow(schemas_on=False)
    flow.psql("create table t (id int primary key, f float8, n int); insert into t values (1, 0.5, 7)")
    flow.connect()
    flow.settle()
    arguments = flags(flow, "--infer")
    at = arguments.index("--source")
    arguments[at:at + 2] = []
    outcome = run_pintail(*arguments, cwd=flow.folder)
    assert_says(outcome, 0, r"public\.t: types inferred .*: id int64, f float64, n int64")
    assert_equal(flow)
    assert inferred(flow) == {"id": "BIGINT", "f": "DOUBLE", "n": "BIGINT"}
    flow.psql("insert into t values (2, 1.5, 8); alter table t alter n type text; insert into t values (3, 2.5, 'many')")
    flow.settle()
    outcome = run_pintail(*arguments, cwd=flow.folder)
    assert_says(outcome, 0, r"public\.t: types inferred .*: n varchar \(was int64\)")
    assert inferred(flow) == {"id": "BIGINT", "f": "DOUBLE", "n": "VARCHAR"}
    assert_says(run_pintail("status", "--target", flow.target, cwd=flow.folder), 0, r"TYPES INFERRED", r"public\.t .*id BIGINT, f DOUBLE, n VARCHAR")
    with oracle.open_target(flow.target) as target:
        assert target.execute("select n from public.t order by id").fetchall() == [("7",), ("8",), ("many",)]


def inferred(flow, table="public.t"):
    status = json.loads(run_pintail("status", "--target", flow.target, "--json", cwd=flow.folder).stdout)
    columns = next(row["inferred"] for row in status["tables"] if row["target_table"] == table)
    return {column["column"]: column["type"] for column in columns}


# Connect.


def test_connect_down(flow):
    port = free_port()
    files = {"connectors/connector_config.json": '{"schemas": [{"name": "users", "schema": "public", "tables": ["users"]}]}',
             "connectors/connector_template.json": '{"name": "{{name}}", "config": {}}'}
    outcome = in_folder(flow, files, "connectors", "list", PINTAIL_CONNECT_URL=f"http://127.0.0.1:{port}")
    assert_says(outcome, 1, f"127.0.0.1:{port}")


# Messages.


def test_message_that_is_no_json(loaded):
    topic = loaded.topic("public", "t")
    loaded.topics.produce(topic, [(b'{"id":1}', b"\x00\x01not json\xff", [("who", b"a stranger")]), (None, b"[1, 2"), (b"k", b'"text"')])
    loaded.psql("update t set v = 'behind it' where id > 5")
    loaded.settle()
    outcome = loaded.sink()
    assert "quarantine" in outcome.text, outcome
    kept = quarantine(loaded.target)
    assert [(row[0], row[3], row[4]) for row in kept] == [
        (topic, b'{"id":1}', b"\x00\x01not json\xff"), (topic, None, b"[1, 2"), (topic, b"k", b'"text"')]
    assert all(row[6] for row in kept)
    assert json.loads(kept[0][5]) == [["who", "a stranger"]]
    assert_equal(loaded)
    loaded.sink()
    assert len(quarantine(loaded.target)) == 3


def test_message_of_another_connector(loaded):
    """Well-formed JSON of somebody else: a Debezium MySQL event, a plain record, a sink's own format."""
    mysql = {"before": None, "after": {"id": 1}, "op": "c", "ts_ms": 1,
             "source": {"version": "2.6", "connector": "mysql", "name": "x", "db": "shop", "table": "t", "file": "bin.1", "pos": 4}}
    loaded.topics.produce(f"{loaded.prefix}.shop.t", [(b'{"id":1}', json.dumps(mysql).encode())])
    loaded.topics.produce(f"{loaded.prefix}.other.t", [(b"1", b'{"user": "ann", "age": 3}')])
    loaded.psql("update t set v = 'behind it'")
    loaded.settle()
    loaded.sink()
    assert len(quarantine(loaded.target)) == 2
    assert all("Debezium" in row[6] for row in quarantine(loaded.target))
    assert_equal(loaded)


def last_event(flow, topic):
    message = [m for m in flow.topics.read(topic) if m.value()][-1]
    return message.key(), json.loads(message.value())


def newer(event, **cells):
    """The event as if it came later, with other cells."""
    source = event["payload"]["source"]
    source["lsn"] += 8
    source["sequence"] = json.dumps([str(source["lsn"] - 8), str(source["lsn"])])
    source["snapshot"] = "false"
    event["payload"]["after"].update(cells)
    event["payload"]["op"] = "u"
    return json.dumps(event).encode()


def test_value_that_does_not_fit_its_type(loaded):
    topic = loaded.topic("public", "t")
    key, event = last_event(loaded, topic)
    loaded.topics.produce(topic, [(key, newer(event, v="does not fit", n="not base64 of a number"))])
    loaded.psql("update t set v = 'behind it' where id < 5")
    loaded.settle()
    loaded.sink()
    kept = quarantine(loaded.target)
    assert len(kept) == 1 and kept[0][3] == key and b"not base64" in kept[0][4]
    assert "not base64" not in kept[0][6], "a reason never holds a cell's value"
    assert_equal(loaded)


def test_later_changes_of_a_quarantined_key_wait_behind_it(loaded):
    topic = loaded.topic("public", "t")
    key, event = last_event(loaded, topic)
    number = event["payload"]["after"]["id"]
    loaded.topics.produce(topic, [(key, newer(event, n="not a number"))])
    loaded.psql(f"update t set v = 'waits' where id = {number}; update t set v = 'goes on' where id <> {number}")
    loaded.settle()
    loaded.sink()
    assert [row[3] for row in quarantine(loaded.target)] == [key, key]
    with oracle.open_target(loaded.target) as target:
        assert target.execute("select count(*) from public.t where v = 'goes on'").fetchone()[0] == 19
        assert target.execute("select v from public.t where id = ?", [number]).fetchone()[0] == f"v{number}"


def test_on_error_stop(loaded):
    """The sink stops at the message, and stops there again; what comes before it is stored."""
    topic = loaded.topic("public", "t")
    loaded.psql("update t set v = 'before it' where id = 1")
    loaded.settle()
    offset = loaded.topics.ends(topic)[0]
    loaded.topics.produce(topic, [(b'{"id":1}', b"no json")])
    loaded.psql("update t set v = 'behind it' where id = 2")
    loaded.settle()
    for _ in range(2):
        outcome = run_pintail(*flags(loaded, "--on-error", "stop"), cwd=loaded.folder)
        assert_says(outcome, 1, re.escape(topic), f"offset {offset}")
        assert quarantine(loaded.target) == []
    loaded.sink("--on-error", "quarantine")
    assert len(quarantine(loaded.target)) == 1
    assert_equal(loaded)


def test_tables_and_exclude(flow):
    """Tables that a sink does not take do not come, and cost no error."""
    flow.psql("create table a (id int primary key); create table b (id int primary key); create table ab (id int primary key);"
              "insert into a values (1); insert into b values (1); insert into ab values (1)")
    flow.connect()
    flow.settle()
    outcome = flow.sink("--tables", "public.a*", "--exclude", "public.ab")
    assert outcome.code == 0
    assert_equal(flow, "a")
    with oracle.open_target(flow.target) as target:
        there = target.execute("select table_name from duckdb_tables() where schema_name = 'public'").fetchall()
    assert there == [("a",)]


def test_two_sinks_two_targets(flow):
    """Each table can have its own sink: its own group, its own target."""
    flow.psql("create table a (id int primary key); create table b (id int primary key);"
              "insert into a values (1); insert into b values (2)")
    flow.connect()
    flow.settle()
    running = []
    for table in "ab":
        arguments = flow.sink_arguments("--tables", f"public.{table}")
        arguments[arguments.index("--target") + 1] = str(flow.folder / f"{table}.duckdb")
        arguments[arguments.index("--group") + 1] = f"{flow.id}-{table}"
        running.append(RunningSink(arguments, flow.folder, table))
    for table, sink in zip("ab", running):
        topic = flow.topic("public", table)
        wait_until(lambda: flow.topics.committed(f"{flow.id}-{table}", topic) > 0, "the sink has committed")
        assert sink.stop() == 0, sink.log
        oracle.assert_equal(flow.dsn, flow.folder / f"{table}.duckdb", "public", table)
