"""The story that `make demo` tells. Every line of it is real: real servers, real connector, real sink.

Works in a temporary folder with its own .env and .credentials, on free ports, and leaves nothing behind.
"""

import json
import pathlib
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from stack import Stack  # noqa: E402

PINTAIL = ROOT / "build/release/pintail"
ARRIVAL_TIMEOUT_SECONDS = 60
TABLES = {"users": "id", "orders": "id"}

SEED = """
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, email text, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int REFERENCES users(id), amount numeric(10,2) NOT NULL, status text NOT NULL DEFAULT 'new');
INSERT INTO users(name, email) VALUES ('Ann', 'ann@example.com'), ('Bob', NULL);
INSERT INTO orders(user_id, amount) VALUES (1, 19.99), (2, 0.01), (1, 1250.00);
"""


class Story:
    """A working folder as a user would have it: .env, .credentials, connectors/, the target."""

    def __init__(self, stack):
        self.stack = stack
        self.folder = stack.dir / "demo"
        self.folder.mkdir(mode=0o755)
        (self.folder / "connectors").mkdir()
        shutil.copy(ROOT / "connectors/connector_template.json", self.folder / "connectors")
        write_json(self.folder / "connectors/connector_config.json",
                   {"schemas": [{"name": "shop", "schema": "public", "tables": list(TABLES)}]})
        self.write_settings()
        self.sink = None

    def write_settings(self):
        ports = {"POSTGRES_PORT": self.stack.postgres.port, "KAFKA_EXTERNAL_PORT": self.stack.kafka.port,
                 "KAFKA_CONNECT_PORT": self.stack.connect.port, "TOPIC_PREFIX": "dbserver1", "DUCKDB_PATH": "shop.duckdb"}
        (self.folder / ".env").write_text("".join(f"{key}={value}\n" for key, value in ports.items()))
        who = self.stack.credentials
        secrets = self.folder / ".credentials"
        secrets.touch(mode=0o600)
        secrets.write_text(f"POSTGRES_USER={who.user}\nPOSTGRES_PASSWORD={who.password}\nPOSTGRES_DB={who.database}\n")

    def pintail(self, *arguments, show=True):
        if show:
            say(f"\n$ pintail {' '.join(quoted(a) for a in arguments)}")
        done = subprocess.run([PINTAIL, *arguments], cwd=self.folder, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"pintail {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        if show:
            print(indented(done.stdout), flush=True)
        return done.stdout

    def start_sink(self):
        say("\n$ pintail sink &")
        log = open(self.folder / "sink.log", "w")
        self.sink = subprocess.Popen([PINTAIL, "sink"], cwd=self.folder, stderr=log)

    def stop_sink(self):
        self.sink.send_signal(signal.SIGINT)
        if self.sink.wait(timeout=60) != 0:
            raise SystemExit(f"the sink ended with exit code {self.sink.returncode}:\n{(self.folder / 'sink.log').read_text()}")

    def holds(self, sql):
        if self.sink.poll() is not None:
            raise SystemExit(f"the sink ended by itself:\n{(self.folder / 'sink.log').read_text()}")
        asked = subprocess.run([PINTAIL, "query", "--format", "csv", f"SELECT {sql} AS held"],
                               cwd=self.folder, text=True, capture_output=True)
        return asked.stdout.strip().endswith("true")

    def wait_until(self, sql):
        end = time.monotonic() + ARRIVAL_TIMEOUT_SECONDS
        while not self.holds(sql):
            if time.monotonic() > end:
                raise SystemExit(f"did not arrive within {ARRIVAL_TIMEOUT_SECONDS} s: {sql}\n{(self.folder / 'sink.log').read_text()}")
            time.sleep(0.005)

    def change(self, statement, arrived, show):
        say(f"\n  Postgres> {statement};")
        self.stack.postgres.psql(statement)
        committed = time.monotonic()
        self.wait_until(arrived)
        print(f"  arrived in DuckDB {1000 * (time.monotonic() - committed):.0f} ms after the commit:")
        print(indented(self.pintail("query", show, show=False)), flush=True)

    def verify(self):
        for table, key in TABLES.items():
            columns = self.stack.postgres.psql(
                f"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
                f"WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND atttypid <> 'timestamptz'::regtype").strip()
            source = self.stack.postgres.psql(f"COPY (SELECT {columns} FROM {table} ORDER BY {key}) TO STDOUT (FORMAT csv, HEADER)")
            target = self.pintail("query", "--format", "csv", f"SELECT {columns} FROM {table} ORDER BY {key}", show=False)
            if source.strip() != target.strip():
                raise SystemExit(f"{table} differs:\n--- Postgres\n{source}\n--- DuckDB\n{target}")
            print(f"  {table}: equal, {len(source.strip().splitlines()) - 1} rows")


def say(text):
    print(f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text, flush=True)


def quoted(argument):
    return f'"{argument}"' if " " in argument else argument


def indented(text):
    return "\n".join("  " + line for line in text.rstrip().splitlines())


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2) + "\n")


def tell(story):
    say("2. Two tables in Postgres")
    story.stack.postgres.psql(SEED)
    print("  users: 2 rows, orders: 3 rows")

    say("\n3. A Debezium connector for both, generated from the template and registered over REST")
    story.pintail("connectors", "generate")
    story.pintail("connectors", "register")
    story.pintail("connectors", "list")

    say("\n4. The sink: Kafka → DuckDB")
    story.start_sink()
    for table, rows in (("users", 2), ("orders", 3)):
        story.wait_until(f"(SELECT count(*) = {rows} FROM {table})")
    story.pintail("topics")
    story.pintail("query", "SELECT u.name, count(*) AS orders, sum(o.amount) AS total FROM orders o JOIN users u ON u.id = o.user_id GROUP BY ALL ORDER BY ALL")

    say("\n5. Live")
    story.change("INSERT INTO users(name, email) VALUES ('Alice', 'alice@example.com')",
                 "(SELECT count(*) = 1 FROM users WHERE name = 'Alice')", "SELECT id, name, email FROM users ORDER BY id")
    story.change("UPDATE orders SET status = 'paid' WHERE id = 1",
                 "(SELECT status = 'paid' FROM orders WHERE id = 1)", "SELECT id, amount, status FROM orders ORDER BY id")
    story.change("DELETE FROM orders WHERE id = 2",
                 "(SELECT count(*) = 0 FROM orders WHERE id = 2)", "SELECT id, amount, status FROM orders ORDER BY id")
    story.stack.postgres.psql("ALTER TABLE users ADD COLUMN phone text DEFAULT 'n/a'")
    story.change("UPDATE users SET phone = '+49 30 1234' WHERE name = 'Alice'  -- after ALTER TABLE users ADD COLUMN phone text DEFAULT 'n/a'",
                 "EXISTS (SELECT 1 FROM duckdb_columns() WHERE table_name = 'users' AND column_name = 'phone')",
                 "SELECT id, name, phone FROM users ORDER BY id")
    story.pintail("status")

    say("\n6. Source and target compared, as both print their rows")
    story.verify()

    say("\n7. A clean stop: Ctrl-C, exit code 0, position stored")
    story.stop_sink()
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
            if story.sink and story.sink.poll() is None:
                story.sink.kill()
    say(f"\nDone in {time.monotonic() - began:.0f} s; servers stopped, nothing left behind.")


main()
