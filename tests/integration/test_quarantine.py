"""`pintail quarantine`: through a running sink and on the file, a key's messages stay in order, and nothing else is held up."""

import json

import pytest
from support import oracle
from support.sink import run_pintail, wait_until

SETUP = "create table t (id int primary key, n int); insert into t select i, i from generate_series(1, 20) i"


class Damaged:
    """A target whose sink types schemaless messages by the source's catalog, where a column is too narrow for what was sent:
    that goes to quarantine, and can be applied once the column is wide."""

    def __init__(self, flow):
        self.flow = flow
        flow.psql(SETUP)
        flow.connect()
        flow.catch_up()
        topic = flow.topic("public", "t")
        last = [m for m in flow.topics.read(topic) if m.value()][-1]
        event, lsn = json.loads(last.value()), json.loads(last.value())["source"]["lsn"]
        for number, (key, cells) in enumerate([(1, {"n": 3_000_000_000}), (2, {"n": 4_000_000_000}), (1, {"n": 100}), (3, {"n": 3})]):
            event |= {"op": "u", "after": {"id": key} | cells}
            position = lsn + 8 * (number + 1)
            event["source"] |= {"lsn": position, "snapshot": "false", "sequence": json.dumps([str(position - 8), str(position)])}
            flow.topics.produce(topic, [(json.dumps({"id": key}), json.dumps(event))])
        flow.topics.produce(topic, [(b"k", b"no json")])

    def pintail(self, *arguments, code=0):
        outcome = run_pintail("quarantine", *arguments, "--target", self.flow.target, cwd=self.flow.folder)
        assert outcome.code == code, outcome
        return outcome

    def change(self, *arguments, code=0):
        source = ["--source", self.flow.source_url] if arguments[0] == "retry" else []
        return json.loads(self.pintail(*arguments, "--json", *source, code=code).stdout)

    def listed(self):
        return json.loads(self.pintail("list", "--json").stdout)

    def status(self):
        outcome = run_pintail("status", "--target", self.flow.target, "--json", cwd=self.flow.folder)
        return json.loads(outcome.stdout)

    def rows(self):
        outcome = run_pintail("query", "--target", self.flow.target, "--format", "csv", "select id, n from t where id <= 3 order by id", cwd=self.flow.folder)
        return outcome.stdout.split()[1:]


@pytest.fixture(params=["running", "file"])
def damaged(make_flow, request):
    made = Damaged(make_flow(schemas_on=False))
    if request.param == "running":
        made.flow.start_sink().wait_for_log("reading ")
        wait_until(lambda: made.status()["live"] and len(made.listed()) == 4, "the sink has read it all")
    else:
        made.flow.sink()
    made.live = request.param == "running"
    return made


def test_list_and_show(damaged):
    listed = damaged.listed()
    assert [(row["offset"] - listed[0]["offset"], row["table_name"]) for row in listed] == [(0, "public.t"), (1, "public.t"), (2, "public.t"), (4, "public.t")]
    assert "waits behind" in listed[2]["reason"] and "waits behind" not in listed[0]["reason"]
    shown = damaged.pintail("show", str(listed[0]["id"])).stdout
    assert '3000000000' in shown and '{"id": 1}' in shown
    assert [row["id"] for row in json.loads(damaged.pintail("list", "--json", str(listed[1]["id"])).stdout)] == [listed[1]["id"]]
    damaged.pintail("show", "4711", code=2)
    damaged.pintail("retry", code=2)
    damaged.pintail("drop", "4711", code=2)
    assert damaged.status()["quarantine"]["blocked_keys"] == 3
    assert damaged.rows() == ["1,1", "2,2", "3,3"]


def test_retry_in_vain_changes_nothing(damaged):
    outcome = damaged.change("retry", "--all", code=1)
    assert (outcome["selected"], outcome["gone"], outcome["freed_keys"]) == (4, 0, 0)
    assert [failure["id"] for failure in outcome["failures"]] == [row["id"] for row in damaged.listed() if "waits" not in row["reason"]]
    assert len(damaged.listed()) == 4


def test_drop_then_retry(damaged):
    """The message that cannot be is given up, what waited behind it comes, and new changes of the key pass again."""
    flow = damaged.flow
    first, second, third, garbage = damaged.listed()
    outcome = damaged.change("drop", str(first["id"]))
    assert (outcome["gone"], outcome["freed_keys"]) == (1, 0), "one message of the key still waits"
    assert outcome["given_up"][0]["messages"] == 1 and outcome["given_up"][0]["first_offset"] == first["offset"]
    outcome = damaged.change("retry", str(third["id"]))
    assert (outcome["gone"], outcome["freed_keys"]) == (1, 1)
    assert damaged.rows() == ["1,100", "2,2", "3,3"]
    outcome = damaged.change("drop", "--all")
    assert (outcome["gone"], outcome["freed_keys"]) == (2, 2)
    assert damaged.listed() == [] and damaged.status()["quarantine"]["messages"] == 0
    flow.psql("update t set n = n + 1000 where id in (1, 2)")
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 20


def test_retry_keeps_the_order_of_a_key(damaged):
    """Once the column is wide all of it fits: the key's last value is the one that counts, and the sink goes on from there."""
    flow = damaged.flow
    flow.psql("alter table t alter n type bigint")
    outcome = damaged.change("retry", "--table", "public.t", code=1)
    assert (outcome["selected"], outcome["gone"], outcome["freed_keys"]) == (4, 3, 2), outcome
    assert damaged.rows() == ["1,100", "2,4000000000", "3,3"]
    assert len(damaged.listed()) == 1
    if damaged.live:
        assert damaged.status()["pipeline"]["state"] == "running" and damaged.status()["pipeline"]["restarts"] == 0
    flow.psql("update t set n = 5000000000 where id in (1, 2)")
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 20


def test_a_truncate_supersedes_what_waits(damaged):
    flow = damaged.flow
    flow.psql("truncate t; insert into t values (1, 5)")
    flow.catch_up()
    assert damaged.listed() == []
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 1


def test_a_retry_on_the_file_makes_a_table_of_the_sinks_mode(make_flow):
    """A table of which all is in quarantine is not in the target yet: the retry is asked for it with the sink's modes, others are refused."""
    flow = make_flow(schemas_on=False, sink_flags=["--mode", "history"])
    flow.psql("create table known (id int primary key, n int); insert into known values (1, 1); create table t (id int primary key, n int)")
    flow.connect()
    flow.catch_up()
    last = [m for m in flow.topics.read(flow.topic("public", "known")) if m.value()][-1]
    event = json.loads(last.value())
    position = event["source"]["lsn"] + 8
    event |= {"op": "c", "after": {"id": 1, "n": 3_000_000_000}}
    event["source"] |= {"table": "t", "lsn": position, "snapshot": "false", "sequence": json.dumps([str(position - 8), str(position)])}
    flow.topics.produce(flow.topic("public", "t"), [(json.dumps({"id": 1}), json.dumps(event))])
    flow.sink()
    flow.psql("alter table t alter n type bigint")

    def retry(*flags):
        return run_pintail("quarantine", "retry", "--all", "--target", flow.target, "--source", flow.source_url, *flags, cwd=flow.folder)

    refused = retry()
    assert refused.code == 2 and "table public.known is kept as history" in refused.stderr
    done = retry("--mode", "history")
    assert done.code == 0, done
    status = json.loads(run_pintail("status", "--target", flow.target, "--json", cwd=flow.folder).stdout)
    assert {(table["mode"], table["rows"]) for table in status["tables"] if table["source_table"] in ("public.known", "public.t")} == {("history", 1)}
    assert any(table["source_table"] == "public.t" for table in status["tables"])
