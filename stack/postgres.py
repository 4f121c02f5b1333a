"""Postgres with logical decoding switched on."""

import pathlib
import signal
import subprocess

from stack.access import require
from stack.errors import StackError
from stack.ports import HOST
from stack.process import Process, children_of, memory_mib, start_ticks
from stack.server import Server
from stack.settings import ROOT

# A unix socket's path fits in 107 bytes; this is the name Postgres gives it.
SOCKET_PATH_LIMIT = 107
SOCKET_NAME = "/.s.PGSQL.00000"

SETTINGS = {
    "listen_addresses": HOST,
    "wal_level": "logical",
    "max_replication_slots": "20",
    "max_wal_senders": "20",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
}


def server_programs(major):
    """Folder with initdb and postgres of that major version: Debian's, or one that bootstrap fetched."""
    for folder in (pathlib.Path(f"/usr/lib/postgresql/{major}/bin"), ROOT / ".deps" / f"postgres-{major}" / "bin"):
        if (folder / "postgres").exists():
            return folder
    group = {"15": "postgres", "18": "stack"}.get(major, "full")
    raise StackError(f"Postgres {major} is not installed: run scripts/bootstrap {group}")


def psql_program():
    # /usr/bin/psql is a wrapper that takes 50 ms to find the real one.
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"))
    return str(found[-1]) if found else require("psql")


class Postgres(Server):
    name = "postgres"
    stop_timeout_seconds = 60  # it waits until readers of its slots have everything
    death_signal = "QUIT"  # SIGKILL would leave its children behind

    def __init__(self, context, major, settings, fsync):
        super().__init__(context)
        self.major = major
        self.settings_ = SETTINGS | {"fsync": "on" if fsync else "off"} | dict(settings)
        self.data = context.dir / "postgres"
        self.socket_dir = context.dir / "run"
        self.password_file = context.dir / "config" / "pgpass"

    def command(self):
        self.check_socket_path()
        programs = server_programs(self.major)
        if not (self.data / "PG_VERSION").exists():
            self.create(programs)
        self.remove_stale_lock()
        text = "".join(f"{key} = '{value}'\n" for key, value in self.settings_.items())
        self.context.account.write(self.data / "stack.conf", text)
        self.password_file.unlink(missing_ok=True)
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(f"*:*:*:{self.context.credentials.user}:{self.context.credentials.password}\n")
        return [str(programs / "postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.socket_dir)]

    def check_socket_path(self):
        if len(f"{self.socket_dir}{SOCKET_NAME}") > SOCKET_PATH_LIMIT:
            raise StackError(f"the path of {self.context.dir} is too long for a unix socket in it; use a shorter one")

    def remove_stale_lock(self):
        """Postgres takes the pid in its lock file for a live server as long as nobody has reaped that process."""
        lock = self.data / "postmaster.pid"
        if lock.exists() and start_ticks(lock.read_text().split()[0]) is None:
            lock.unlink()

    def create(self, programs):
        account, credentials = self.context.account, self.context.credentials
        account.folder(self.data)
        password = account.write(self.socket_dir / "password", credentials.password + "\n")
        done = subprocess.run(
            account.wrap([str(programs / "initdb"), "-D", str(self.data), "-U", credentials.user, "--no-sync",
                          f"--pwfile={password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]),
            capture_output=True, text=True, cwd=self.context.dir)
        password.unlink()
        if done.returncode:
            raise StackError(f"initdb failed:\n{done.stderr}")
        with open(self.data / "postgresql.conf", "a") as config:
            config.write("include 'stack.conf'\n")

    def run_psql(self, sql, database, *options):
        argv = [psql_program(), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", HOST, "-p", str(self.port),
                "-U", self.context.credentials.user, "-d", database, "-f", "-", *options]
        return subprocess.run(argv, input=sql, capture_output=True, text=True,
                              env={"PGPASSWORD": self.context.credentials.password, "PGCONNECT_TIMEOUT": "5",
                                   "PGCLIENTENCODING": "UTF8"})

    def answers(self):
        done = self.run_psql("select 1", "postgres")
        if "authentication failed" in done.stderr:
            self.fail(f"Postgres in {self.data} was made with other credentials; use them, or delete the folder")
        return done.returncode == 0

    def after_ready(self):
        database = self.context.credentials.database
        quoted = database.replace("'", "''"), database.replace('"', '""')
        self.psql(f"select 'create database \"{quoted[1]}\"' "
                  f"where not exists (select from pg_database where datname = '{quoted[0]}') \\gexec", "postgres")

    def psql(self, sql, database=None):
        done = self.run_psql(sql, database or self.context.credentials.database)
        if done.returncode:
            raise StackError(f"psql: {done.stderr.strip()}")
        return done.stdout.rstrip("\n")

    def dsn(self, database=None, host=HOST):
        credentials = self.context.credentials
        values = {"host": host, "port": self.port, "user": credentials.user, "password": credentials.password,
                  "dbname": database or credentials.database}
        return " ".join(f"{key}={conninfo_value(value)}" for key, value in values.items())

    def stop(self, number=signal.SIGINT):
        """By default "fast": ends sessions, then a checkpoint."""
        if not self.running:
            return
        self.process.send(number)
        if self.process.wait_gone(self.stop_timeout_seconds):
            self.end_(lambda: None)
        else:
            self.kill()

    def stop_immediately(self):
        """Without a checkpoint: the next start recovers from the log."""
        self.stop(signal.SIGQUIT)

    def kill(self):
        """As if the machine had lost power: the postmaster's children go too."""
        if not self.running:
            return
        children = [Process(child, start_ticks(child)) for child in children_of(self.pid)]
        super().kill()
        for child in children:
            child.kill()

    def memory_mib(self):
        return super().memory_mib() + sum(memory_mib(child) for child in children_of(self.pid)) if self.running else 0.0


def conninfo_value(value):
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
