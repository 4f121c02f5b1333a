"""Servers and flows for the tests of `pintail run`."""

import os

import pytest
from support.direct_checks import SETUP
from support.direct_flow import DirectFlow
from support.own_postgres import own_postgres
from support.shared_stack import NEWEST_POSTGRES


@pytest.fixture(scope="module", params=[None, pytest.param(NEWEST_POSTGRES, marks=pytest.mark.long)], ids=["", "newest"])
def version(request):
    """Of Postgres: that of .env, and in the long form the newest."""
    return request.param


@pytest.fixture(scope="module")
def server(run_folder, request, version):
    """Shared by the tests that leave the server as it was."""
    with own_postgres(run_folder / f"direct-{request.module.__name__.rsplit('_', 1)[-1]}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}", version) as stack:
        yield stack


@pytest.fixture
def flow_on(folder):
    """flow_on(stack): a DirectFlow with a table t, removed after the test."""
    made = []

    def make(stack, setup=SETUP):
        place = folder / f"flow{len(made)}"
        place.mkdir()
        flow = DirectFlow(stack, place)
        made.append(flow)
        flow.psql(setup)
        return flow

    yield make
    for flow in made:
        if flow.stack.postgres.running:
            flow.close()


@pytest.fixture
def own(folder, version):
    """own(setting=…): a server of this test's own."""
    made = []

    def make(version=version, **settings):
        context = own_postgres(folder / f"server{len(made)}", version, **settings)
        made.append(context)
        return context.__enter__()

    yield make
    for context in made:
        context.__exit__(None, None, None)
