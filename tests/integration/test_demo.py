"""The stories that `make demo` and `make demo-kafka` tell check themselves: every wait, every comparison, the clean stop."""

import subprocess

import pytest
from support.sink import ROOT, clean_environment


@pytest.mark.parametrize("story", ["direct", pytest.param("kafka", marks=pytest.mark.long)])
def test_the_story_holds(story, folder):
    told = subprocess.run(["python3", str(ROOT / "scripts" / "demos" / f"{story}.py")], cwd=folder, capture_output=True, text=True,
                          env=clean_environment(), timeout=300)
    assert told.returncode == 0, told.stdout + told.stderr
    for line in ("Alice", "users: equal, 3 rows", "7. A clean stop"):
        assert line in told.stdout, told.stdout
