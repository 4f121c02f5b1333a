"""Every type over Debezium and Kafka: exact, or the loss that docs/conformance.md names. Nothing else may differ."""

import pytest

from conformance import report
from conformance.suite import Suite


@pytest.mark.parametrize("schemas", ["on", "off"])
def test_every_type(make_flow, schemas):
    flow = make_flow(schemas_on=schemas == "on")
    suite = Suite(15, without_key=False)
    flow.psql(suite.setup())
    flow.connect()
    flow.settle()
    flow.psql(suite.stream())
    flow.catch_up()
    found = suite.compare(flow.dsn, flow.target)
    report.check(f"Debezium, schemas {schemas}", {kind.sql: report.verdict(by_change) for kind, by_change in found.items()})
