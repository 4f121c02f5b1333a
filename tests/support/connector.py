"""Connectors for the tests: those that `pintail connectors generate` makes from the project's own template."""

import json
import shutil

from support.sink import ROOT, clean_environment, run_pintail

# Faster than the template's defaults are, for tests of a few rows.
QUICK = {"poll.interval.ms": "10", "producer.override.linger.ms": "5"}


def generate(folder, source_url, prefix, entries):
    """entries as in connector_config.json; returns {name: configuration} as Connect takes it."""
    connectors = folder / "connectors"
    connectors.mkdir(exist_ok=True)
    shutil.copy(ROOT / "connectors" / "connector_template.json", connectors)
    (connectors / "connector_config.json").write_text(json.dumps({"schemas": entries}))
    outcome = run_pintail("connectors", "generate", "--secrets", "inline", cwd=folder, environment=clean_environment(
        PINTAIL_SOURCE=source_url, PINTAIL_TOPIC_PREFIX=prefix))
    assert outcome.code == 0, f"pintail connectors generate: {outcome}"
    files = [folder / line for line in outcome.stdout.split()]
    return {made["name"]: made["config"] for made in (json.loads(file.read_text()) for file in files)}


def entry(name, schema, tables, schemas_on, overrides):
    return {"name": name, "schema": schema, "tables": tables, "schemas_enabled": schemas_on, "overrides": QUICK | overrides}
