"""Loads that others wrote, while `pintail run` streams: source and target equal at the end, table by table."""

import subprocess

import pytest
from support import oracle, pgbench
from support.control_socket import ControlSocket
from support.sink import ROOT, wait_until

GO_TPC = ROOT / ".deps" / "go-tpc" / "go-tpc"
TPCC_TABLES = {"customer", "district", "history", "item", "new_order", "order_line", "orders", "stock", "warehouse"}


@pytest.fixture
def flow(flow_on, server):
    return flow_on(server, setup="")


def start(flow, table):
    flow.start()
    wait_until(lambda: flow.query(f"select 1 from {table} limit 1"), "the first copy is shown", 300)
    return ControlSocket(flow.target).status()["pipeline"]["changes"]


def assert_streamed(flow, before):
    """It followed while the load ran, and was no mere copy."""
    assert ControlSocket(flow.target).status()["pipeline"]["changes"] > before, "nothing of the load came while it ran"
    flow.catch_up()


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=pytest.mark.long)])
def test_pgbench(flow, seconds):
    pgbench.initialise(flow)
    before = start(flow, "pgbench_accounts")
    print(pgbench.pgbench(flow, "-n", "-c", "4", "-T", str(seconds)))
    assert_streamed(flow, before)
    print(pgbench.assert_equal(flow))


def tpcc(flow, *arguments):
    server, who = flow.stack.postgres, flow.stack.credentials
    done = subprocess.run([GO_TPC, "tpcc", *arguments, "--warehouses", "1", "-d", "postgres", "-H", "127.0.0.1", "-P", str(server.port),
                           "-U", who.user, "-p", who.password, "-D", flow.id, "--conn-params", "sslmode=disable"],
                          cwd=flow.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_tpcc(flow):
    tpcc(flow, "prepare", "-T", "2", "--no-check")  # its check of what it made takes Postgres a quarter of an hour
    flow.psql("alter table history replica identity full")
    assert {table for _, table in flow.tables()} == TPCC_TABLES
    before = start(flow, "warehouse")
    print(tpcc(flow, "run", "-T", "4", "--time", "60s")[-3000:])
    assert_streamed(flow, before)
    rows = {table: oracle.assert_equal(flow.dsn, flow.target, "public", table) for table in TPCC_TABLES}
    print(rows)
    assert all(rows.values()), rows
