"""kill -9 of `pintail run` while pgbench writes, in its first copy and in its stream, with Postgres restarted in between.

Equal afterwards, table by table, the one without a key too (as a multiset); no key stands twice.
"""

import random
import time

import duckdb
import pytest
from support import pgbench
from support.direct_flow import DirectFlow
from support.own_postgres import own_postgres

SMALL_BATCHES = ("--batch-rows", "500", "--snapshot-jobs", "2")


@pytest.fixture
def flow(folder):
    with own_postgres(folder / "server") as stack:
        made = DirectFlow(stack, folder / "direct")
        yield made
        made.close()


def is_shown(flow):
    """What the file of a killed run has for readers."""
    with duckdb.connect(str(flow.target), read_only=True) as target:
        return bool(target.execute("select 1 from duckdb_tables() where table_name = 'pgbench_accounts' and schema_name = 'public'").fetchall())


def begin_anew(flow):
    assert flow.drop().code == 0
    for path in flow.folder.glob(f"{flow.target.name}*"):
        if path.is_file():
            path.unlink()


def restart(server, how):
    server.stop() if how == "fast" else server.stop_immediately()
    server.start()


def killed(flow, log, longest, moments, restart_how=None):
    """A run that is killed at a random moment after it has logged something; with Postgres restarted before it dies."""
    flow.start(*SMALL_BATCHES)
    flow.live.wait_for_log(log)
    time.sleep(moments.uniform(0, longest))
    if restart_how:
        restart(flow.stack.postgres, restart_how)
        time.sleep(moments.uniform(0, longest))
    flow.kill()


def kills_in_the_copy(flow, kills, moments):
    """So many runs that died with nothing shown yet. One that was faster begins anew."""
    done = 0
    while done < kills:
        killed(flow, "copying ", 0.7, moments, "immediate" if done == kills // 2 else None)
        if is_shown(flow):
            begin_anew(flow)
        else:
            done += 1


def kills_in_the_stream(flow, kills, moments):
    for number in range(kills):
        how = {1: "fast", 2: "immediate"}.get(number % 6)
        killed(flow, "following slot ", 1.5, moments, how)


def kill_again_and_again(flow, seed, kills):
    moments = random.Random(seed)
    pgbench.initialise(flow)
    with pgbench.Running(flow, "-c", "4"):
        kills_in_the_copy(flow, kills // 3, moments)
        kills_in_the_stream(flow, kills - kills // 3, moments)
    assert is_shown(flow), "no run got as far as showing its tables"
    flow.catch_up()
    print(pgbench.assert_equal(flow))


def test_kill_six_times(flow, seed):
    kill_again_and_again(flow, seed, kills=6)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_kill_fifty_times(flow, seed):
    kill_again_and_again(flow, seed, kills=50)
