"""Every type over Debezium, Kafka and `pintail sink`, under several settings of the connector.

What Debezium has lost no sink brings back. So this does not ask for exactness, but that whatever is lost is said: by
`pintail status`, by the quarantine, or here, with the reason why pintail cannot know it.
"""

import json
import re
import time
from dataclasses import dataclass, field

import pytest
from support.sink import run_pintail

from conformance import report
from conformance.suite import COLUMNS, NO_COLUMN, NO_ROW, Suite, names_of

# Wide tables keep it quick: a table costs Debezium more than a column.
WIDTH = 20
FAILURE_SECONDS = 60  # until the connector says so
TRIES_AGAIN = re.compile(rb"ERROR +ErrorHandler +Producer failure")  # for ever, and calls itself RUNNING meanwhile

LONGEST = {("interval", value) for value in ("'2562047788:00:54.775807'", "'-2562047788:00:54.775807'")}
OFFSET_WITH_SECONDS = {("time with time zone", "'00:00:00-15:59:59'")}


@dataclass(frozen=True)
class Variant:
    column: str  # of docs/conformance.md
    flavour: str = "current"
    schemas_on: bool = True
    overrides: dict = field(default_factory=dict)
    stops: frozenset = frozenset(LONGEST)  # (type, value) at which the connector gets no further
    long: bool = True


VARIANTS = (
    Variant("Debezium", long=False),
    Variant("no schemas", schemas_on=False, long=False),
    Variant("coarse modes", overrides={
        "decimal.handling.mode": "double", "time.precision.mode": "connect", "interval.handling.mode": "numeric", "hstore.handling.mode": "map",
        "binary.handling.mode": "hex", "include.unknown.datatypes": "false"}),
    Variant("fine modes", overrides={
        "decimal.handling.mode": "string", "time.precision.mode": "isostring", "binary.handling.mode": "base64-url-safe"}),
    Variant("time in microseconds", overrides={"time.precision.mode": "adaptive_time_microseconds", "binary.handling.mode": "base64"}),
    Variant("microseconds", overrides={"time.precision.mode": "microseconds"}),
    Variant("nanoseconds", overrides={"time.precision.mode": "nanoseconds"}),
    Variant("Debezium 2.6", "zookeeper", stops=frozenset(LONGEST | OFFSET_WITH_SECONDS)),
    Variant("2.6, no schemas", "zookeeper", schemas_on=False, stops=frozenset(LONGEST | OFFSET_WITH_SECONDS)),
)


def variant_of(column):
    return next(variant for variant in VARIANTS if variant.column == column)


# Types whose losses pintail cannot say, since neither the messages nor their schemas show them, and why.
UNSEEN = {
    **dict.fromkeys(("numeric", "numeric(10,2)", "numeric(4,0)", "numeric(38,0)", "numeric(38,38)", "numeric(39,1)", "numeric(1000,500)",
                     "numeric(3,5)", "numeric(5,-2)", "amount", "small_amount"),
                    "under decimal.handling.mode=string or double the schema is that of a text or a double precision"),
    "money": "the same under double, and 2.6 takes it for a double in snapshots",
    "name": "without include.unknown.datatypes 3.7 sends NULL in streamed changes",
    "bytea": "unchanged large values come as NULL under binary.handling.mode=base64-url-safe, texts have the schema of a text",
    "bit(3)[]": "the schema is that of a bit(3), its values are NULL",
    "regclass": "Debezium's session finds the name by its search_path, Postgres' COPY without one",
    "regtype": "as regclass",
    "timestamp": "the microseconds of 294247-01-10 04:00:54.775807 are those of infinity",
    "timestamp(0)": "time.precision.mode=microseconds sends whatever is later as those of infinity, too",
    **dict.fromkeys(("line", "lseg", "box", "path", "polygon", "circle"), "2.6 sends the bytes of pgjdbc's text: {1.0,2.0,3.0}"),
    **dict.fromkeys(("timestamp(3)", "timestamp with time zone"), "2.6 moves days before 1582-10-15 in snapshots, 3.7 does not"),
}


@pytest.mark.parametrize("variant", [pytest.param(variant, id=variant.column.replace(" ", "_"), marks=[
    *([pytest.mark.long] if variant.long else []),
    *([pytest.mark.xdist_group(variant.flavour)] if variant.flavour != "current" else [])]) for variant in VARIANTS])
def test_every_type(make_flow, variant):
    flow = make_flow(variant.flavour, schemas_on=variant.schemas_on, connector_overrides=variant.overrides)
    suite = Suite(int(flow.stack.postgres.major), WIDTH, left_out=variant.stops)
    flow.psql(suite.setup())
    flow.connect()
    flow.settle()
    flow.psql(suite.stream())
    flow.catch_up()
    found = suite.compare(flow.dsn, flow.target)
    assert all(set(by_change) == set(COLUMNS) for by_change in found.values())
    announced = losses_in_status(flow)
    verdicts = {}
    for number, group in enumerate(suite.groups):
        for place, kind in enumerate(group):
            owner = owner_of(kind, found[kind], (names_of(number)[0], f"v{place}") in announced)
            stops = [value for sql, value in sorted(variant.stops) if sql == kind.sql]
            verdicts[kind.sql] = report.verdict(found[kind], suite.names(kind), owner, stops)
    ours = [f"{sql}: {verdict}" for sql, verdict in verdicts.items() if verdict.startswith("pintail")]
    assert not ours, "nobody says that this is lost, nor is it known why:\n" + "\n".join(ours)
    report.check(variant.column, verdicts)


@pytest.mark.long
@pytest.mark.parametrize(("flavour", "type", "value"), [pytest.param(variant.flavour, *stop, marks=(
    [pytest.mark.xdist_group(variant.flavour)] if variant.flavour != "current" else [])) for variant in (VARIANTS[0], variant_of("Debezium 2.6"))
    for stop in sorted(variant.stops)])
def test_the_connector_gets_no_further_at_what_was_left_out(make_flow, flavour, type, value):
    flow = make_flow(flavour)
    flow.psql(f"create table stops (id int primary key, v {type})")
    flow.connect()
    log = flow.stack.dir / "logs" / "connect.log"
    before = log.stat().st_size
    flow.psql(f"insert into stops values (1, {value})")
    deadline = time.monotonic() + FAILURE_SECONDS
    while not TRIES_AGAIN.search(log.read_bytes()[before:]):
        assert time.monotonic() < deadline, "the connector has no trouble with it"
        time.sleep(0.2)


def losses_in_status(flow):
    """(table, column) of which `pintail status` says that Debezium loses something."""
    outcome = run_pintail("status", "--target", flow.target, "--json", cwd=flow.folder)
    assert outcome.code == 0, outcome
    return {(table["source_table"].removeprefix("public."), loss["column"]) for table in json.loads(outcome.stdout)["tables"] for loss in table["losses"]}


def owner_of(kind, differing, announced):
    """Whose the losses are, if there are any."""
    if announced or set(report.by_outcome(differing)) <= {NO_ROW, NO_COLUMN, *report.NO_LOSS}:
        return "Debezium"
    return "Debezium, unseen" if kind.sql in UNSEEN else "pintail"
