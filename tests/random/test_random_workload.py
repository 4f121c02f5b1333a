"""Whatever a database does, source and target are equal afterwards. Each number is a seed: a failure replays with it."""

import random

import psycopg
import pytest
from support import oracle
from support.direct_flow import DirectFlow
from support.random_workload import RandomWorkload

IN_EVERY_RUN = range(10)
IN_LONG_RUNS = range(10, 200)
BATCH_ROWS = (1, 2, 7, 100, 10_000)


def seeds():
    return [*IN_EVERY_RUN, *(pytest.param(seed, marks=pytest.mark.long) for seed in IN_LONG_RUNS)]


def execute(flow, sql):
    with psycopg.connect(flow.dsn, autocommit=True) as source:
        # What the server prints of the rows that it picks must not depend on the session.
        source.execute("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set extra_float_digits = 3")
        source.execute(sql)


def assert_all_equal(flow, workload):
    for table in workload.tables:
        former = {name + suffix for name in table.former for suffix in ("", "_dropped")}
        oracle.assert_equal(flow.dsn, flow.target, "public", table.name, oracle.Options(extra_columns=former))


def batch_flags(rng):
    return "--batch-rows", str(rng.choice(BATCH_ROWS))


def while_it_runs(flow, rng, steps):
    """The steps beside a live run, which is stopped or killed at some point of them."""
    flow.start(*batch_flags(rng))
    for sql in steps:
        execute(flow, sql)
    flow.kill() if rng.random() < 0.5 else flow.stop()


@pytest.mark.parametrize("seed", seeds())
def test_random_workload(folder, stack_of, seed):
    rng, workload = random.Random(seed), RandomWorkload(seed)
    flow = DirectFlow(stack_of("current"), folder / "direct")
    try:
        execute(flow, workload.setup())
        flow.run(*batch_flags(rng))
        for _ in range(4):
            steps = [workload.step() for _ in range(rng.randint(3, 15))]
            if rng.random() < 0.5:
                while_it_runs(flow, rng, steps)
            else:
                for sql in steps:
                    execute(flow, sql)
            flow.run(*batch_flags(rng))
            assert_all_equal(flow, workload)
    finally:
        flow.close()
