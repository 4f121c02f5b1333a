"""The direct mode: a Postgres of its own, the changes in its log and the table to copy, and who reads them."""

import json
import pathlib
import shutil
import sys

import contestants
import measure
import workload
from stack import Stack
from stack.postgres import psql_program, server_programs

HERE = pathlib.Path(__file__).resolve().parent
COPIED = "public.copied"
CONNECTIONS = 2  # of pintail's copy, and of its peers where they can have more than one
# No checkpoint and no vacuum of the server in between; commit times for the latency.
SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "16GB", "checkpoint_timeout": "1h", "autovacuum": "off",
            "track_commit_timestamp": "on"}


def make_stack(folder, **options):
    """Always a new one: what is measured is made in seconds."""
    Stack(dir=folder).down()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return Stack(dir=folder, fsync=False, die_with_parent=True, postgres_settings=SETTINGS, **options)


def host_of(stack, transport):
    return "127.0.0.1" if transport == "tcp" else str(stack.postgres.socket_dir)


def run_command(arena, target, transport, *more):
    """The password goes by the environment: a command line is everybody's to read."""
    argv = [arena.pintail, "run", "--target", target, *more, *arena.run_arguments]
    return argv, {"PINTAIL_SOURCE": contestants.source_url(arena.stack, host_of(arena.stack, transport))}


def client(arena, program, transport, *more):
    """One of Postgres' own clients, and what it needs to get in."""
    folder = pathlib.Path(psql_program()).parent if program == "psql" else server_programs(arena.stack.postgres.major)
    account = arena.stack.credentials
    argv = [folder / program, "-h", host_of(arena.stack, transport), "-p", arena.stack.postgres.port, "-U", account.user,
            "-d", account.database, *more]
    return argv, {"PGPASSFILE": str(arena.stack.postgres.password_file)}


class Changes:
    """1 M inserts and 500 k updates in the server's log, behind a slot that was made first. Every run reads them from a
    copy of that slot; pintail's also begin with a copy of the target that stands there: the table, still empty."""

    BASE, RUN, PUBLICATION = "bench_base", "bench_run", "bench_changes"

    def __init__(self, arena, events):
        self.arena, self.events = arena, events

    def prepare(self):
        self.base = self.arena.fresh_target("base")
        argv, environment = run_command(self.arena, self.base, "tcp", "--slot", self.BASE, *self.options())
        measure.run(argv, self.arena.log("base"), environment)

    def load(self):
        psql = self.arena.stack.postgres.psql
        psql(workload.load_sql(self.events))
        self.checksums = workload.checksums(psql, workload.TABLE)
        self.end = psql("select pg_current_wal_insert_lsn()")

    def options(self):
        return ["--publication", self.PUBLICATION, "--tables", workload.TABLE, "--until", "current"]

    def reading(self, run):
        """run(), with a slot that nobody has read from."""
        psql = self.arena.stack.postgres.psql
        psql(f"select pg_copy_logical_replication_slot('{self.BASE}', '{self.RUN}')")
        try:
            return run()
        finally:
            psql(f"select pg_drop_replication_slot('{self.RUN}')")

    def pintail(self, transport):
        name = f"stream-{transport}"
        target = self.arena.fresh_target(name)
        shutil.copyfile(self.base, target)
        argv, environment = run_command(self.arena, target, transport, "--slot", self.RUN, *self.options())
        _, usage = self.reading(lambda: measure.run(argv, self.arena.log(name), environment))
        self.arena.check(name, target, workload.TABLE, self.checksums)
        return {"events": self.events}, usage

    def pg_recvlogical(self, transport):
        argv, environment = client(
            self.arena, "pg_recvlogical", transport, "--slot", self.RUN, "--start", "--no-loop", "--file", "/dev/null",
            "--endpos", self.end, "-o", "proto_version=3", "-o", "streaming=on", "-o", f"publication_names={self.PUBLICATION}")
        _, usage = self.reading(lambda: measure.run(argv, self.arena.log("pg_recvlogical"), environment))
        return {"events": self.events}, usage


class Copy:
    """A table of 2 M rows, as the changes leave them."""

    SLOT = "bench_copy"

    def __init__(self, arena, rows):
        self.arena, self.rows = arena, rows

    def prepare(self):
        psql = self.arena.stack.postgres.psql
        psql(workload.copied_sql(COPIED, self.rows))
        self.checksums = workload.checksums(psql, COPIED)
        self.pages = int(psql(f"select pg_relation_size('{COPIED}') / 8192"))

    def options(self):
        return ["--slot", self.SLOT, "--publication", self.SLOT, "--tables", COPIED, "--snapshot-jobs", CONNECTIONS]

    def drop(self):
        self.arena.stack.postgres.psql(f"select pg_drop_replication_slot('{self.SLOT}'); drop publication {self.SLOT}")

    def pintail(self):
        target = self.arena.fresh_target("copy")
        argv, environment = run_command(self.arena, target, "tcp", *self.options(), "--until", "current")
        _, usage = measure.run(argv, self.arena.log("copy"), environment)
        self.drop()
        self.arena.check("copy", target, COPIED, self.checksums)
        return {"events": self.rows}, usage

    def halves(self, connections):
        """WHERE of each connection: ranges of pages, as pintail cuts the table."""
        ends = [self.pages * i // connections for i in range(connections)] + [2**32 - 1]
        return [f"ctid >= '({first},0)' and ctid < '({last},0)'" for first, last in zip(ends, ends[1:])]

    def postgres_copy(self, connections):
        commands = [client(self.arena, "psql", "tcp", "-X", "-c",
                           f"\\copy (select * from {COPIED} where {half}) to '/dev/null' (format binary)")
                    for half in self.halves(connections)]
        outputs, usage = measure.run_side_by_side([argv for argv, _ in commands], self.arena.log("pg_copy"), commands[0][1])
        copied = sum(int(output.split()[-1]) for output in outputs)
        if copied != self.rows:
            raise measure.BenchError(f"COPY gave {copied} rows, not {self.rows}")
        return {"events": self.rows}, usage

    def scanner(self):
        target = self.arena.fresh_target("scanner")
        dsn = self.arena.stack.postgres.dsn()
        output, usage = measure.run([sys.executable, HERE / "scanner_copy.py", target, COPIED, CONNECTIONS],
                                    self.arena.log("scanner"), {"BENCH_DSN": dsn})
        self.arena.check("scanner", target, "copied", self.checksums)
        return json.loads(output), usage
