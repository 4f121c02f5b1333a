"""Every type over `pintail run`: exact, whatever the value and the change."""

import pytest
from support.direct_flow import DirectFlow
from support.own_postgres import own_postgres
from support.shared_stack import NEWEST_POSTGRES, OTHER_POSTGRES

from conformance import report
from conformance.suite import COLUMNS, Suite

# That of .env, and the newest; the others in the long form.
MAJORS = [None, *(major if major == NEWEST_POSTGRES else pytest.param(major, marks=pytest.mark.long) for major in OTHER_POSTGRES)]


@pytest.mark.parametrize("major", MAJORS)
def test_every_type(folder, major):
    with own_postgres(folder / "server", major) as stack:
        flow = DirectFlow(stack, folder / "direct")
        suite = Suite(int(stack.postgres.major))
        flow.psql(suite.setup())
        flow.run()
        flow.psql(suite.stream())
        flow.run()
        found = suite.compare(flow.dsn, flow.target)
    differing = [f"{kind.sql}, {change}: {', '.join(values)}" for kind, by_change in found.items() for change, values in by_change.items() if values]
    assert not differing, "\n".join(differing)
    assert all(set(by_change) == set(COLUMNS) for by_change in found.values())
    report.check("pintail run", {kind.sql: report.verdict(by_change) for kind, by_change in found.items()})
