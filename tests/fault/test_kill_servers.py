"""The servers die, the sink stays: Connect by kill -9 in mid-stream, the broker by stop and by kill -9."""

import json
import random
import time

import pytest
from support import oracle
from support.hanging_transactions import abort_hanging_transactions
from support.sink import run_pintail, wait_until
from support.workload import SETUP, Workload, assert_all_equal

pytestmark = pytest.mark.xdist_group("own_stack")


def connect_and_snapshot(flow):
    """Returns when the connector streams. One that dies before takes its snapshot anew, and not at one point of the log
    (docs/debezium.md, what Debezium has lost): that is no matter of the sink's."""
    flow.psql(SETUP)
    flow.connect()
    flow.settle()


def kill_connect_again_and_again(flow, seed, kills, transactions):
    moments = random.Random(seed)
    connect_and_snapshot(flow)
    flow.start_sink("--batch-rows", "2000")
    workload = Workload(flow, seed, transactions, ahead=transactions // kills // 2 + 1).start()
    for number in range(1, kills + 1):
        workload.allow(number / kills)
        time.sleep(moments.uniform(0.2, 2))
        flow.stack.connect.kill()
        flow.stack.connect.start()
        for name in flow.connectors.values():
            flow.stack.connect.wait_running(name)
    workload.finish()
    flow.catch_up()
    assert_all_equal(flow)


def test_kill_of_connect(own_stack, make_flow, seed):
    kill_connect_again_and_again(make_flow(stack=own_stack), seed, kills=3, transactions=60)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_kill_of_connect_ten_times(own_stack, make_flow, seed):
    kill_connect_again_and_again(make_flow(stack=own_stack), seed, kills=10, transactions=200)


def ask_status(flow, *flags):
    return run_pintail("status", "--target", flow.target, *flags, cwd=flow.folder)


def waiting(flow):
    """The pipeline of the flow's running sink, when it says that it waits."""
    pipeline = json.loads(ask_status(flow, "--json").stdout)["pipeline"]
    return pipeline if pipeline["state"] == "waiting" else None


def wait_for_first_batch(flow, table):
    """Until then a source is not waited for: its address may be wrong."""
    ask = ["query", "--target", flow.target, f"select 1 from {table}"]
    wait_until(lambda: run_pintail(*ask, cwd=flow.folder).code == 0, "the first batch is there")


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_broker_goes_and_comes_back(own_stack, make_flow, seed, how):
    """The sink says that it waits, then continues where it was."""
    flow = make_flow(stack=own_stack)
    connect_and_snapshot(flow)
    sink = flow.start_sink("--batch-rows", "500")
    wait_for_first_batch(flow, "account")
    workload = Workload(flow, seed, transactions=30).start()
    workload.allow(0.5)
    time.sleep(1)
    getattr(own_stack.kafka, how)()
    sink.wait_for_log("no Kafka broker answers")
    away = wait_until(lambda: waiting(flow), "status says that the broker is away")
    assert own_stack.kafka.bootstrap in away["waiting_for"] and away["state_since"], away
    assert "no Kafka broker answers" in ask_status(flow).stdout
    unhealthy = ask_status(flow, "--check", "--grace", "1ms")
    assert unhealthy.code == 1 and "no Kafka broker answers" in unhealthy.stderr, unhealthy
    assert ask_status(flow, "--check", "--grace", "1h").code == 0
    assert sink.alive, sink.log
    own_stack.kafka.start()
    abort_hanging_transactions(own_stack.kafka)
    wait_until(lambda: not waiting(flow), "status says that the broker answers again")
    workload.finish()
    flow.settle()
    assert sink.alive, sink.log
    flow.catch_up()
    assert_all_equal(flow)


def test_postgres_restarts(own_stack, make_flow, seed):
    """Schemaless messages are typed by the source's catalog: a source that was away is asked again."""
    flow = make_flow(stack=own_stack, schemas_on=False)
    flow.psql("create table t (id int primary key, v text); insert into t values (1, 'a')")
    flow.connect()
    flow.start_sink()
    flow.settle()
    wait_for_first_batch(flow, "t")
    own_stack.postgres.restart()
    for name in flow.connectors.values():
        own_stack.connect.request("POST", f"/connectors/{name}/restart?includeTasks=true")
        own_stack.connect.wait_running(name)
    flow.psql("alter table t add column w int default 3; insert into t values (2, 'b', 4)")
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2
