"""`pintail verify` as tests ask for it, and targets that were made wrong."""

import json

import duckdb

from support.sink import run_pintail, wait_until


def verify(flow, *arguments):
    return run_pintail("verify", "--target", str(flow.target), *arguments, cwd=flow.folder)


def found(flow, *arguments, code=0):
    """The last report of each table, by name; checks the exit code."""
    outcome = verify(flow, "--json", *arguments)
    assert outcome.code == code, outcome
    report = json.loads(outcome.stdout)
    assert report["equal"] == (code == 0)
    return {event["table"].removeprefix("public."): event for event in report["events"] if event["event"] == "table"}


def corrupt(flow, *statements):
    """Changes the target behind pintail's back; no pintail may run."""
    with duckdb.connect(str(flow.target)) as target:
        for statement in statements:
            assert target.execute(statement).fetchone()[0] > 0, statement


def start(flow, table, *flags):
    flow.start(*flags)
    wait_until(lambda: flow.query(f"select 1 from {table} limit 1") is not None, "it runs")
