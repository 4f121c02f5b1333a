"""Whatever a database does, and however often pintail is killed meanwhile, source and target are equal afterwards. Each
number is a seed: a failure replays with it, but for the moments of the kills."""

import random
import time

import psycopg
import pytest
from support import oracle
from support.direct_flow import DirectFlow
from support.random_tables import MODE_FLAGS
from support.random_workload import RandomWorkload

IN_EVERY_RUN = range(10)
IN_LONG_RUNS = range(10, 200)
SMALL, BIG = (3, 6), (8, 15)  # rounds, and the most steps of one
BATCH_ROWS = (1, 2, 7, 100, 10_000)
# What becomes of columns that are gone: the target keeps them, or calls them otherwise where another one has come under their name.
FORMER = [dropped + exact for dropped in ("", "_dropped", *(f"_dropped_{number}" for number in range(2, 10))) for exact in ("", "__exact")]


def seeds():
    return [*IN_EVERY_RUN, *(pytest.param(seed, marks=pytest.mark.long) for seed in IN_LONG_RUNS)]


def execute(flow, sql):
    with psycopg.connect(flow.dsn, autocommit=True) as source:
        # What the server prints of the rows that it picks must not depend on the session.
        source.execute("set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set extra_float_digits = 3")
        source.execute(sql)


def assert_all_equal(flow, workload):
    for table in workload.tables:
        past = workload.past(table)
        former = {name + suffix for name in past.columns for suffix in FORMER}
        rekeyed = bool(past.keys - {table.typed_key})
        oracle.assert_equal(flow.dsn, flow.target, *table.place, oracle.Options(extra_columns=former, mode=table.mode, rekeyed=rekeyed))


def batch_flags(rng):
    return "--batch-rows", str(rng.choice(BATCH_ROWS))


def start(flow, rng):
    """Most runs stream when this returns; the others are about to begin."""
    flow.start(*batch_flags(rng))
    if rng.random() < 0.8:
        flow.live.wait_for_log("following slot")


def while_it_runs(flow, rng, steps):
    """The steps beside live runs; most of these are killed in the middle of what they do."""
    start(flow, rng)
    for sql in steps:
        execute(flow, sql)
        if rng.random() < 0.6:
            time.sleep(rng.choice([0, 0.005, 0.02, 0.1]))
            flow.kill()
            start(flow, rng)
    flow.kill() if rng.random() < 0.5 else flow.stop()


@pytest.mark.parametrize("seed", seeds())
def test_random_workload(folder, stack_of, seed):
    rng, workload = random.Random(seed), RandomWorkload(seed)
    flow = DirectFlow(stack_of("current"), folder / "direct", MODE_FLAGS)
    try:
        execute(flow, workload.setup())
        flow.run(*batch_flags(rng))
        rounds, most_steps = SMALL if seed in IN_EVERY_RUN else BIG
        for _ in range(rounds):
            steps = [workload.step() for _ in range(rng.randint(3, most_steps))]
            if rng.random() < 0.7:
                while_it_runs(flow, rng, steps)
            else:
                for sql in steps:
                    execute(flow, sql)
            flow.run(*batch_flags(rng))
            assert_all_equal(flow, workload)
    finally:
        flow.close()
