"""The story that `make demo-kafka` tells: Postgres → Debezium → Kafka → `pintail sink` → DuckDB. Every line of it is real.

Works in a temporary folder with its own .env and .credentials, on free ports, and leaves nothing behind.
"""

import json
import shutil
import time

from storyteller import ROOT, SEED, TABLES, TARGET, TOTALS, Story, say

from stack import Stack


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def furnish(story):
    """The folder as a user would have it: .env, .credentials, connectors/."""
    folder, stack, who = story.folder, story.stack, story.stack.credentials
    (folder / "connectors").mkdir()
    shutil.copy(ROOT / "connectors/connector_template.json", folder / "connectors")
    write_json(folder / "connectors/connector_config.json", {"schemas": [{"name": "shop", "schema": "public", "tables": list(TABLES)}]})
    ports = {"POSTGRES_PORT": stack.postgres.port, "KAFKA_EXTERNAL_PORT": stack.kafka.port,
             "KAFKA_CONNECT_PORT": stack.connect.port, "TOPIC_PREFIX": "dbserver1", "DUCKDB_PATH": TARGET}
    (folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in ports.items()))
    secrets = folder / ".credentials"
    secrets.touch(mode=0o600)
    secrets.write_text(f"POSTGRES_USER={who.user}\nPOSTGRES_PASSWORD={who.password}\nPOSTGRES_DB={who.database}\n")


def tell(story):
    furnish(story)
    say("2. Two tables in Postgres")
    story.session.execute(SEED)
    print("  users: 2 rows, orders: 3 rows")

    say("\n3. A Debezium connector for both, generated from the template and registered over REST")
    story.pintail("connectors", "generate")
    story.pintail("connectors", "register")
    story.pintail("connectors", "list")

    say("\n4. The sink: Kafka → DuckDB")
    story.start("sink")
    story.wait_for_seed()
    story.pintail("topics")
    story.pintail("query", TOTALS)

    say("\n5. Live")
    story.change_each_way()
    story.pintail("status")

    say("\n6. Source and target compared, as both print their rows")
    story.verify()

    say("\n7. A clean stop: Ctrl-C, exit code 0, position stored")
    story.stop()
    story.pintail("status")


def main():
    began = time.monotonic()
    say("1. PostgreSQL, Kafka and Kafka Connect start as local processes on free ports")
    with Stack(die_with_parent=True) as stack:
        stack.up()
        print(f"  up after {time.monotonic() - began:.0f} s\n", flush=True)
        story = Story(stack)
        try:
            tell(story)
        finally:
            story.close()
    say(f"\nDone in {time.monotonic() - began:.0f} s; servers stopped, nothing left behind.")


main()
