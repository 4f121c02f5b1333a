"""kill -9 of the sink while a stream of 200,000 events runs: equal afterwards, nothing lost, nothing twice."""

import random
import time

import pytest
from support import oracle
from support.workload import SETUP, Workload, assert_all_equal


def kill_again_and_again(flow, seed, kills, transactions):
    moments = random.Random(seed)
    flow.psql(SETUP)
    flow.connect()
    workload = Workload(flow, seed, transactions).start()
    killed = 0
    for number in range(1, kills + 1):
        workload.allow(number / kills)
        sink = flow.start_sink()
        time.sleep(moments.uniform(0.1, 1.5))
        killed += sink.kill()
    flow.live = None
    workload.finish()
    assert killed == kills, f"{kills - killed} of {kills} sinks had ended by themselves:\n{sink.log}"
    flow.catch_up()
    assert_all_equal(flow)


@pytest.mark.parametrize("batch_rows", [300, 50_000])
def test_kill_of_the_sink(make_flow, seed, batch_rows):
    flow = make_flow(sink_flags=["--batch-rows", str(batch_rows)])
    kill_again_and_again(flow, seed, kills=20, transactions=200)


def test_kill_during_the_first_copy(make_flow, seed):
    """The snapshot of a table that was there before, cut again and again."""
    flow = make_flow(sink_flags=["--batch-rows", "500"])
    flow.psql(SETUP)
    flow.psql("insert into account select i, 'o', i, null from generate_series(1001, 60000) i;"
              "insert into audit select 'k' || i % 5, i % 7, null from generate_series(1, 20000) i")
    flow.connect()
    flow.settle()
    moments = random.Random(seed)
    for _ in range(8):
        sink = flow.start_sink()
        time.sleep(moments.uniform(0.05, 0.6))
        assert sink.kill(), sink.log
    flow.live = None
    flow.psql("update account set balance = balance + 1 where id % 100 = 0; delete from audit where kind = 'k1'")
    flow.catch_up()
    for table in ("account", "audit"):
        oracle.assert_equal(flow.dsn, flow.target, "public", table)
