"""Fixtures for the tests against real servers. What stands behind each: tests/support/."""

import os
import pathlib
import random
import re
import shutil
import tempfile

import pytest
from support.direct_flow import DirectFlow
from support.flow import Flow
from support.shared_stack import StackKeeper, shared_stack

from stack import Stack

FOLDER_VARIABLE = "PINTAIL_TEST_DIR"


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="the long forms of the fault tests as well")


def pytest_collection_modifyitems(config, items):
    if not config.getoption("--long"):
        long = [item for item in items if item.get_closest_marker("long")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def is_worker(config):
    return hasattr(config, "workerinput")


def pytest_configure(config):
    if is_worker(config):
        return
    if FOLDER_VARIABLE not in os.environ:
        # Short: unix sockets lie below it.
        folder = tempfile.mkdtemp(prefix="pintail-test-", dir="/tmp")
        os.chmod(folder, 0o755)
        os.environ[FOLDER_VARIABLE] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    # Temporary files of all kinds go into the run's folder, and with it.
    temporary = pathlib.Path(os.environ[FOLDER_VARIABLE]) / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(temporary)
    config.option.basetemp = config.option.basetemp or temporary / "pytest"


def pytest_sessionstart(session):
    if not is_worker(session.config):
        session.config.stack_keeper = StackKeeper(os.environ[FOLDER_VARIABLE])
        session.config.stack_keeper.start()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session):
    if not is_worker(session.config):
        session.config.stack_keeper.close()


@pytest.fixture(scope="session")
def run_folder():
    return pathlib.Path(os.environ[FOLDER_VARIABLE])


@pytest.fixture(scope="session")
def stack_of(run_folder):
    """stack_of(flavour): the run's shared stack. Do not stop its servers."""
    return lambda flavour="current": shared_stack(run_folder, flavour)


@pytest.fixture(scope="session")
def stack(stack_of):
    return stack_of("current")


@pytest.fixture(scope="module")
def own_stack(run_folder, request):
    """A stack whose servers the tests of this module may kill. Put them into one xdist_group."""
    name = re.sub(r"\W", "_", request.module.__name__.rsplit(".", 1)[-1])
    # Each worker has one of its own: the group only saves starting it twice.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    with Stack(run_folder / f"own-{name}-{worker}", die_with_parent=True, fsync=False) as own:
        try:
            yield own.up()
        finally:
            own.down(delete=True)


@pytest.fixture
def seed():
    """Of everything random in the test; a failure prints it, PINTAIL_TEST_SEED repeats it."""
    chosen = int(os.environ.get("PINTAIL_TEST_SEED") or random.randrange(1_000_000))
    print(f"seed: PINTAIL_TEST_SEED={chosen}")
    return chosen


@pytest.fixture
def folder(run_folder, request):
    """A folder for this test's files."""
    made = pathlib.Path(tempfile.mkdtemp(prefix=re.sub(r"\W+", "_", request.node.name)[:40] + "-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def make_flow(folder, stack_of):
    """make_flow(flavour=…, stack=…, schemas_on=…, …): a Flow that is removed after the test."""
    made = []

    def make(flavour="current", stack=None, **options):
        place = folder / f"flow{len(made)}"
        place.mkdir()
        flow = Flow(stack or stack_of(flavour), place, **options)
        made.append(flow)
        return flow

    yield make
    for flow in made:
        flow.close()


@pytest.fixture
def direct(folder, stack_of):
    """A DirectFlow that is removed after the test."""
    made = DirectFlow(stack_of("current"), folder / "direct")
    yield made
    made.close()


@pytest.fixture
def flow(make_flow):
    return make_flow()
