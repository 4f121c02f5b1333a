"""A broker that has come back answers for a while as if there were none."""

import time

import pytest
from support import oracle
from support.direct_checks import wait_for_rows
from support.sink import RunningSink
from support.unlisted_broker import UnlistedBroker

from stack.ports import HOST

EACH_CONNECTION_HAS_ASKED = 5  # seconds


@pytest.fixture
def broker(stack):
    one = UnlistedBroker(HOST, stack.kafka.port)
    yield one
    one.close()


def test_a_broker_that_is_not_in_its_own_list(make_flow, broker):
    """librdkafka forgets all brokers then, and looks for none again."""
    flow = make_flow()
    flow.psql("create table t (id int primary key, v text); insert into t values (1, 'a')")
    flow.connect()
    flow.settle()
    arguments = flow.sink_arguments()
    arguments[arguments.index("--brokers") + 1] = broker.bootstrap
    sink = flow.live = RunningSink(arguments, flow.folder)
    sink.wait_for_log("reading")
    broker.cut()
    sink.wait_for_log("no Kafka broker answers")
    flow.psql("insert into t values (2, 'b')")
    flow.settle()
    broker.come_back_unlisted()
    time.sleep(EACH_CONNECTION_HAS_ASKED)
    broker.list()
    sink.wait_for_log("a broker answers again")
    wait_for_rows(flow, 2)
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 2

