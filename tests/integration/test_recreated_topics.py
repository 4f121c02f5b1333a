"""A topic that was deleted and made anew under its name is another topic, however much it looks like the first: nothing of
it is committed at the place of the old one."""

import re

import duckdb
import pytest
from support import oracle
from support.sink import HANG_SECONDS, run_pintail

SETUP = "create table t (id int primary key, v text); insert into t select i, 'v' || i from generate_series(1, 20) i"
RECORD = (b"k", b"not of Debezium")


@pytest.fixture
def loaded(flow):
    flow.psql(SETUP)
    flow.connect()
    flow.catch_up()
    return flow


@pytest.fixture
def topic(loaded):
    return loaded.topic("public", "t")


def stored(flow, topic):
    """next_offset, last_offset and topic id as the target has them."""
    with oracle.open_target(flow.target) as opened:
        return opened.execute("select next_offset, last_offset, topic_id from pintail.kafka_offsets where topic = ?", [topic]).fetchone()


def rows(flow):
    with oracle.open_target(flow.target) as opened:
        return opened.execute("select * from public.t order by id").fetchall()


def quarantined(flow):
    with oracle.open_target(flow.target) as opened:
        return opened.execute("select count(*) from pintail.quarantine").fetchone()[0]


def assert_refused(text, topic):
    for part in ("deleted and made anew", f"--reset-topic {re.escape(topic)}"):
        assert re.search(part, text), text


def ended(flow):
    sink, flow.live = flow.live, None
    assert sink.process.wait(timeout=HANG_SECONDS) == 1, sink.log
    return sink.log


def test_the_id_is_stored_with_the_position(loaded, topic):
    assert stored(loaded, topic)[2] == loaded.topics.id_of(topic)


def test_refilled_under_a_running_sink(loaded, topic):
    """Made anew and at once longer than the sink's place: nothing of it is committed."""
    before = rows(loaded)
    loaded.disconnect()
    end = loaded.topics.ends(topic)[0]
    loaded.start_sink().wait_for_log(f"reading {topic}")
    loaded.topics.delete([topic])
    loaded.topics.create(topic)
    loaded.topics.produce(topic, [RECORD] * (end + 50))
    assert_refused(ended(loaded), topic)
    assert rows(loaded) == before and quarantined(loaded) == 0
    assert_refused(loaded.sink(expect_code=1).text, topic)


def test_a_new_life_under_a_running_sink(loaded, topic):
    """The same by Debezium: deleted, snapshotted anew into a longer topic, and read again once that is asked for."""
    before = rows(loaded)
    loaded.disconnect()
    loaded.start_sink().wait_for_log(f"reading {topic}")
    loaded.topics.delete([topic])
    loaded.psql("delete from t where id < 5; insert into t select i, 'new' || i from generate_series(100, 200) i")
    loaded.connect()
    loaded.settle()
    assert_refused(ended(loaded), topic)
    assert rows(loaded) == before
    loaded.sink("--reset-topic", topic)
    loaded.sink()
    assert oracle.assert_equal(loaded.dsn, loaded.target, "public", "t") == len(before) - 4 + 101


def test_shorter_under_a_running_sink(loaded, topic):
    loaded.disconnect()
    loaded.start_sink().wait_for_log(f"reading {topic}")
    loaded.topics.delete([topic])
    loaded.topics.create(topic)
    loaded.topics.produce(topic, [RECORD])
    assert_refused(ended(loaded), topic)


def test_refilled_with_the_same_record_while_stopped(loaded, topic):
    """The record at the sink's place is the one that it has: only the id tells."""
    next_offset, last_offset, _ = stored(loaded, topic)
    (last,) = [message for message in loaded.topics.read(topic) if message.offset() == last_offset]
    loaded.disconnect()
    loaded.topics.delete([topic])
    loaded.topics.create(topic)
    loaded.topics.produce(topic, [RECORD] * last_offset)
    loaded.topics.produce(topic, [(last.key(), last.value(), last.headers() or [])], timestamp=last.timestamp()[1])
    loaded.topics.produce(topic, [RECORD] * 50)
    assert_refused(loaded.sink(expect_code=1).text, topic)
    assert stored(loaded, topic)[0] == next_offset and quarantined(loaded) == 0


def test_a_reset_lasts_although_the_topic_is_empty(loaded, topic):
    loaded.disconnect()
    loaded.topics.delete([topic])
    loaded.topics.create(topic)
    assert_refused(loaded.sink(expect_code=1).text, topic)
    loaded.sink("--reset-topic", topic)
    assert stored(loaded, topic) == (0, -1, loaded.topics.id_of(topic))
    loaded.sink()
    loaded.connect()
    loaded.catch_up()
    oracle.assert_equal(loaded.dsn, loaded.target, "public", "t")


def test_a_target_without_ids_takes_the_one_of_now(loaded, topic):
    """State of an earlier pintail: readable as it is, and the id is stored with the next rows."""
    with duckdb.connect(str(loaded.target)) as opened:
        opened.execute("alter table pintail.kafka_offsets drop column topic_id")
    status = run_pintail("status", "--target", loaded.target, cwd=loaded.folder)
    assert status.code == 0 and topic in status.stdout, status
    loaded.sink()
    assert stored(loaded, topic)[2] is None
    loaded.psql("update t set v = 'later'")
    loaded.catch_up()
    assert stored(loaded, topic)[2] == loaded.topics.id_of(topic)
    oracle.assert_equal(loaded.dsn, loaded.target, "public", "t")
