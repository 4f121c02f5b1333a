import os
import random

import pytest


@pytest.fixture
def seed():
    """Of everything random in the test; a failure prints it, PINTAIL_TEST_SEED repeats it."""
    chosen = int(os.environ.get("PINTAIL_TEST_SEED") or random.randrange(1_000_000))
    print(f"seed: PINTAIL_TEST_SEED={chosen}")
    return chosen
