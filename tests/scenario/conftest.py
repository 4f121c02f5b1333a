"""Every *.test file is a set of tests: one for each variant of its matrix."""

import os
import pathlib
import tempfile

import pytest
from support.scenario import ScenarioError, parse
from support.scenario_run import PATHS, Run
from support.shared_stack import NEWEST_POSTGRES, OTHER_POSTGRES, shared_stack


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".test":
        return ScenarioFile.from_parent(parent, path=file_path)
    return None


class ScenarioFile(pytest.File):
    def collect(self):
        scenario = parse(self.path.name, self.path.read_text())
        for variant in scenario.variants():
            if variant["path"] in PATHS:
                item = ScenarioItem.from_parent(self, name=f"{self.path.stem}[{'-'.join(label(variant))}]")
                item.scenario, item.variant = scenario, variant
                # One worker keeps the older flavour's servers busy; the rest need not wait for them.
                if variant["flavour"] != "current":
                    item.add_marker(pytest.mark.xdist_group(variant["flavour"]))
                if is_long_in_mode(scenario, variant) or is_left_out_of_pairs(scenario, variant):
                    item.add_marker(pytest.mark.long)
                yield item
                yield from self.on_other_servers(scenario, variant)
        for path in PATHS:
            if scenario.path_reason and path not in scenario.matrix["path"]:
                item = ScenarioItem.from_parent(self, name=f"{self.path.stem}[{path}]")
                item.add_marker(pytest.mark.skip(reason=f"not over {path}: {scenario.path_reason}"))
                yield item

    def on_other_servers(self, scenario, variant):
        """The direct path speaks with the server itself: every version of it. Outside of the long form only the newest, with
        what depends neither on the batches' size nor on the mode."""
        if variant["path"] != "direct":
            return
        for major in OTHER_POSTGRES:
            if int(major) < scenario.oldest_postgres:
                continue
            item = ScenarioItem.from_parent(self, name=f"{self.path.stem}[{'-'.join([*label(variant), f'postgres_{major}'])}]")
            item.scenario, item.variant = scenario, variant | {"flavour": f"postgres-{major}"}
            if major != NEWEST_POSTGRES or variant["batch-rows"] != "default" or variant["sink"] != "end" or variant["mode"] != "mirror":
                item.add_marker(pytest.mark.long)
            yield item


def is_long_in_mode(scenario, variant):
    """How a mode applies changes does not depend on the path. Files about something else are tried in other modes than mirror over the
    quick path, where they have it, and not in small batches."""
    small = variant["batch-rows"] != scenario.matrix["batch-rows"][0]
    if "mirror" not in scenario.matrix["mode"]:
        return small and variant["path"] == "kafka"
    return variant["mode"] != "mirror" and (small or (variant["path"] == "kafka" and "direct" in scenario.matrix["path"]))


def is_left_out_of_pairs(scenario, variant):
    """Every second combination is enough to meet each value, and each pair of values where three things vary."""
    axes = ("sink", "batch-rows") if variant["path"] == "direct" else ("flavour", "schemas", "sink", "batch-rows")
    varied = [axis for axis in axes if len(scenario.matrix[axis]) > 1]
    return len(varied) > 1 and sum(scenario.matrix[axis].index(variant[axis]) for axis in varied) % 2 == 1


def label(variant):
    batches = [] if variant["batch-rows"] == "default" else [f"batches_of_{variant['batch-rows']}"]
    mode = [] if variant["mode"] == "mirror" else [variant["mode"]]
    return [variant["path"], variant["flavour"], f"schemas_{variant['schemas']}", variant["sink"], *batches, *mode]


class ScenarioItem(pytest.Item):
    def runtest(self):
        run_folder = pathlib.Path(os.environ["PINTAIL_TEST_DIR"])
        folder = pathlib.Path(tempfile.mkdtemp(prefix="scenario-"))
        run = Run(self.scenario, self.variant, shared_stack(run_folder, self.variant["flavour"]), folder)
        try:
            run.play()
        finally:
            run.close()

    def repr_failure(self, excinfo):
        if excinfo.errisinstance((AssertionError, ScenarioError)):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        return self.path, 0, self.name
