"""kill -9 of `pintail run` in the modes that keep more than the source's rows: nothing lost, no version twice."""

import random
import time

import duckdb
import pytest
from support import oracle
from support.workload import SETUP, TABLES, Workload

TRANSACTIONS = 60
# Versions of a transaction of the workload; the setup's rows come on top, by the copy.
VERSIONS = {"account": 560, "entry": 260, "audit": 180}
COPIED = {"account": 500, "entry": 0, "audit": 0}


@pytest.mark.parametrize("mode", [pytest.param("soft-delete", marks=pytest.mark.long), "history"])
def test_kill_of_a_run(direct, seed, mode):
    moments = random.Random(seed)
    direct.run_flags = ["--mode", mode, "--batch-rows", "700"]
    direct.psql(SETUP)
    direct.run()
    workload = Workload(direct, seed, TRANSACTIONS).start()
    kills = 8
    for number in range(1, kills + 1):
        workload.allow(number / kills)
        direct.start()
        time.sleep(moments.uniform(0.1, 1.5))
        direct.kill()
    workload.finish()
    direct.catch_up()
    for table in TABLES:
        assert oracle.assert_equal(direct.dsn, direct.target, "public", table, oracle.Options(mode=mode)) > 0
    if mode == "history":
        with duckdb.connect(str(direct.target), read_only=True) as target:
            versions = {table: target.execute(f"select count(*) from public.{table}").fetchone()[0] for table in TABLES}
        assert versions == {table: COPIED[table] + VERSIONS[table] * TRANSACTIONS for table in TABLES}
