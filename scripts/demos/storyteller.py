"""What the stories of `make demo` and `make demo-kafka` share: a working folder, pintail in it, and a look at what arrives."""

import pathlib
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
from support.control_socket import ControlSocket  # noqa: E402

from stack.postgres import psql_program  # noqa: E402

PINTAIL = ROOT / "build/release/pintail"
ARRIVAL_TIMEOUT_SECONDS = 60
TABLES = {"users": "id", "orders": "id"}
TARGET = "shop.duckdb"

SEED = """
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, email text, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE orders (id bigserial PRIMARY KEY, user_id int REFERENCES users(id), amount numeric(10,2) NOT NULL, status text NOT NULL DEFAULT 'new');
INSERT INTO users(name, email) VALUES ('Ann', 'ann@example.com'), ('Bob', NULL);
INSERT INTO orders(user_id, amount) VALUES (1, 19.99), (2, 0.01), (1, 1250.00);
"""

TOTALS = ("SELECT u.name, count(*) AS orders, sum(o.amount) AS total FROM orders o JOIN users u ON u.id = o.user_id "
          "GROUP BY ALL ORDER BY ALL")


class Session:
    """A psql that stays open, so that the moment of a commit is known without the time a program takes to start and end."""

    def __init__(self, postgres, credentials):
        self.psql_ = subprocess.Popen(
            [psql_program(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(postgres.port),
             "-U", credentials.user, "-d", credentials.database],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PGPASSFILE": str(postgres.password_file)})

    def send(self, sql):
        self.psql_.stdin.write(f"{sql}\n\\echo done\n")
        self.psql_.stdin.flush()

    def wait(self):
        """Until what was sent is done."""
        for line in self.psql_.stdout:
            if line == "done\n":
                return time.monotonic()
        raise SystemExit("psql ended with an error")

    def execute(self, sql):
        self.send(sql)
        return self.wait()

    def close(self):
        self.psql_.stdin.close()
        self.psql_.wait()


class Story:
    """A folder in which pintail works as a user has it work."""

    def __init__(self, stack, environment=None):
        self.stack, self.environment_, self.pintail_ = stack, environment, None
        self.folder = stack.dir / "demo"
        self.folder.mkdir(mode=0o755)
        self.log_path_ = self.folder / "pintail.log"
        self.control = ControlSocket(self.folder / TARGET)
        self.session = Session(stack.postgres, stack.credentials)

    # pintail

    def pintail(self, *arguments, show=True):
        if show:
            say(f"\n$ pintail {' '.join(quoted(a) for a in arguments)}")
        done = subprocess.run([PINTAIL, *arguments], cwd=self.folder, env=self.environment_, text=True, capture_output=True)
        if done.returncode != 0:
            raise SystemExit(f"pintail {arguments[0]} failed:\n{done.stdout}{done.stderr}")
        if show:
            print(indented(done.stdout), flush=True)
        return done.stdout

    def start(self, *arguments):
        say(f"\n$ pintail {' '.join(arguments)} &")
        with open(self.log_path_, "w") as log:
            self.pintail_ = subprocess.Popen([PINTAIL, *arguments], cwd=self.folder, env=self.environment_, stderr=log)

    def stop(self):
        self.pintail_.send_signal(signal.SIGINT)
        if self.pintail_.wait(timeout=60) != 0:
            raise SystemExit(f"pintail ended with exit code {self.pintail_.returncode}:\n{self.log()}")

    def log(self):
        return self.log_path_.read_text()

    def close(self):
        self.session.close()
        if self.pintail_ and self.pintail_.poll() is None:
            self.pintail_.kill()

    # what arrives

    def holds(self, condition):
        if self.pintail_.poll() is not None:
            raise SystemExit(f"pintail ended by itself:\n{self.log()}")
        try:
            return self.control.ask(f"SELECT {condition}") == [["true"]]
        except OSError:
            return False  # it does not listen yet

    def wait_until(self, condition):
        end = time.monotonic() + ARRIVAL_TIMEOUT_SECONDS
        while not self.holds(condition):
            if time.monotonic() > end:
                raise SystemExit(f"did not arrive within {ARRIVAL_TIMEOUT_SECONDS} s: {condition}\n{self.log()}")
            time.sleep(0.001)
        return time.monotonic()

    def wait_for_seed(self):
        for table, rows in (("users", 2), ("orders", 3)):
            self.wait_until(f"(SELECT count(*) = {rows} FROM {table})")

    def change(self, statement, arrived, show):
        say(f"\n  Postgres> {statement};")
        committed = self.session.execute(f"{statement};")
        print(f"  arrived in DuckDB {1000 * (self.wait_until(arrived) - committed):.0f} ms after the commit:")
        print(indented(self.pintail("query", "--target", TARGET, show, show=False)), flush=True)

    def change_each_way(self):
        """An insert, an update, a delete, a new column."""
        self.change("INSERT INTO users(name, email) VALUES ('Alice', 'alice@example.com')",
                    "(SELECT count(*) = 1 FROM users WHERE name = 'Alice')", "SELECT id, name, email FROM users ORDER BY id")
        self.change("UPDATE orders SET status = 'paid' WHERE id = 1",
                    "(SELECT status = 'paid' FROM orders WHERE id = 1)", "SELECT id, amount, status FROM orders ORDER BY id")
        self.change("DELETE FROM orders WHERE id = 2",
                    "(SELECT count(*) = 0 FROM orders WHERE id = 2)", "SELECT id, amount, status FROM orders ORDER BY id")
        self.change("ALTER TABLE users ADD COLUMN phone text DEFAULT 'n/a'; UPDATE users SET phone = '+49 30 1234' WHERE name = 'Alice'",
                    "EXISTS (SELECT 1 FROM duckdb_columns() WHERE table_name = 'users' AND column_name = 'phone')",
                    "SELECT id, name, phone FROM users ORDER BY id")

    def verify(self):
        for table, key in TABLES.items():
            columns = self.stack.postgres.psql(
                f"SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
                f"WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND atttypid <> 'timestamptz'::regtype").strip()
            source = self.stack.postgres.psql(f"COPY (SELECT {columns} FROM {table} ORDER BY {key}) TO STDOUT (FORMAT csv, HEADER)")
            target = self.pintail("query", "--target", TARGET, "--format", "csv", f"SELECT {columns} FROM {table} ORDER BY {key}", show=False)
            if source.strip() != target.strip():
                raise SystemExit(f"{table} differs:\n--- Postgres\n{source[-2000:]}\n--- DuckDB\n{target[-2000:]}")
            print(f"  {table}: equal, {len(source.strip().splitlines()) - 1} rows", flush=True)


def say(text):
    print(f"\033[1m{text}\033[0m" if sys.stdout.isatty() else text, flush=True)


def quoted(argument):
    return f'"{argument}"' if " " in argument else argument


def indented(text):
    return "\n".join("  " + line for line in text.rstrip().splitlines())
