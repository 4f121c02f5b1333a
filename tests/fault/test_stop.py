"""Ctrl-C: the sink stores where it is, ends with 0, and the next one goes on from there."""

import signal

import pytest
from support import oracle
from support.sink import wait_until


def stored_offsets(flow):
    with oracle.open_target(flow.target) as target:
        return dict(target.execute("select topic, next_offset from pintail.kafka_offsets").fetchall())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "sigterm"])
def test_stop_stores_the_position(flow, number):
    flow.psql("create table t (id int primary key, v text); insert into t select i, 'a' from generate_series(1, 2000) i")
    flow.connect()
    sink = flow.start_sink()
    flow.settle()
    topic = flow.topic("public", "t")
    last = flow.topics.read(topic)[-1].offset()
    wait_until(lambda: f"{topic}" in sink.log, "the sink reads the topic")
    wait_until(lambda: flow.committed_offset(topic) > last, "the sink has committed all of it")
    assert sink.stop(number) == 0, sink.log
    flow.live = None
    # The marker of Connect's transaction may lie behind the last record.
    assert stored_offsets(flow)[topic] in (last + 1, last + 2)
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")
    again = flow.sink()
    assert stored_offsets(flow)[topic] in (last + 1, last + 2), again
    oracle.assert_equal(flow.dsn, flow.target, "public", "t")


def test_stop_in_mid_stream_loses_nothing(flow):
    flow.psql("create table t (id int primary key, v text); insert into t select i, 'a' from generate_series(1, 50000) i")
    flow.connect()
    flow.settle()
    for _ in range(3):
        sink = flow.start_sink("--batch-rows", "100")
        wait_until(lambda: "reading " in sink.log, "the sink reads")
        assert sink.stop() == 0, sink.log
        flow.live = None
    flow.catch_up()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", "t") == 50_000


def test_stop_while_there_is_nothing_to_read(flow):
    sink = flow.start_sink()
    wait_until(lambda: "waiting for one to appear" in sink.log, "the sink waits for a topic")
    assert sink.stop() == 0, sink.log
    flow.live = None
