"""The other way of the data: a database, a target file, and `pintail run` in between.

Offers what scenarios use of flow.Flow. Everything is named after one id; close() removes it all.
"""

import itertools
import json
import os
import shlex
import shutil
import urllib.parse

from support.sink import RunningSink, run_pintail

numbers = itertools.count(1)


class DirectFlow:
    def __init__(self, stack, folder, run_flags=()):
        self.stack, self.folder, self.run_flags = stack, folder, list(run_flags)
        self.id = f"d{os.getpid()}_{next(numbers)}"
        self.target = folder / "target.duckdb"
        self.live = None
        folder.mkdir(exist_ok=True)
        stack.postgres.psql(f"create database {self.id}", "postgres")

    def psql(self, sql):
        return self.stack.postgres.psql(sql, self.id)

    @property
    def dsn(self):
        return self.stack.postgres.dsn(self.id)

    @property
    def source_url(self):
        return self.url_as(self.stack.credentials.user, self.stack.credentials.password)

    def url_as(self, user, password, **options):
        user, password = urllib.parse.quote(user, safe=""), urllib.parse.quote(password, safe="")
        query = f"?{urllib.parse.urlencode(options)}" if options else ""
        return f"postgres://{user}:{password}@127.0.0.1:{self.stack.postgres.port}/{self.id}{query}"

    def tables(self):
        rows = self.psql(
            "select format('%s%s%s', n.nspname, chr(31), c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') "
            "and n.nspname !~ '^pg_t' order by 1")
        return [tuple(row.split("\x1f")) for row in rows.split("\n") if row]

    def arguments(self, *more, command="run", **changed):
        """The flow's flags, some of them changed: arguments("--until", "current", slot="other")."""
        flags = {"source": self.source_url, "target": self.target, "slot": self.id, "publication": self.id} | changed
        named = [part for name, value in flags.items() for part in (f"--{name}", str(value))]
        return [command, *named, *(self.run_flags if command == "run" else []), *more]

    def run(self, *more, expect_code=0, **changed):
        """One finite run up to what is committed now."""
        outcome = run_pintail(*self.arguments("--until", "current", *more, **changed), cwd=self.folder)
        assert outcome.code == expect_code, f"pintail run: {outcome}"
        return outcome

    def drop(self):
        return run_pintail(*self.arguments(command="drop"), cwd=self.folder)

    def start(self, *more, **changed):
        self.live = RunningSink(self.arguments(*more, **changed), self.folder, "run")
        self.live.wait_for_log("run: ")  # from here on it can be stopped
        return self.live

    def stop(self):
        """As Ctrl-C: the run ends with 0 and the target can be opened."""
        if self.live:
            code, log = self.live.stop(), self.live.log
            self.live = None
            assert code == 0, f"the run ended with {code}:\n{log[-8000:]}"

    def query(self, sql):
        """One question through the control socket: rows as lists of text, or None when the table is not there."""
        outcome = run_pintail("query", "--target", str(self.target), "--format", "jsonl", sql, cwd=self.folder)
        if "does not exist" in outcome.text and outcome.code != 0:
            return None
        assert outcome.code == 0, f"pintail query {sql}: {outcome}"
        return [json.loads(line) for line in outcome.stdout.splitlines()]

    def status_of(self, table):
        """The table's entry in `pintail status --json`; None: it has none."""
        outcome = run_pintail("status", "--target", str(self.target), "--json", cwd=self.folder)
        assert outcome.code == 0, f"pintail status: {outcome}"
        return next((entry for entry in json.loads(outcome.stdout)["tables"] if entry["source_table"] == table), None)

    def kill(self):
        """SIGKILL; what lies beside the target is left as it is."""
        assert self.live.kill(), f"the run had ended by itself:\n{self.live.log[-8000:]}"
        self.live = None

    def connect(self):
        """New tables are found by the next run."""

    def catch_up(self):
        """Everything of the source is in the target when this returns; nothing runs then."""
        self.stop()
        self.run()

    def close(self):
        if self.live:
            self.live.kill()
        self.drop()
        self.stack.postgres.psql(f"drop database if exists {self.id} with (force)", "postgres")
        shutil.rmtree(self.folder, ignore_errors=True)


class DirectPath:
    """Postgres → `pintail run`."""

    def __init__(self, scenario, variant, stack, folder):
        flags = [*shlex.split(scenario.sink_flags), "--mode", variant["mode"]]
        if variant["batch-rows"] != "default":
            flags += ["--batch-rows", variant["batch-rows"]]
        self.live_ = variant["sink"] == "live"
        self.flow = DirectFlow(stack, folder, flags)

    def begin(self):
        """Once the tables of the setup are there: they are copied before the stream begins."""
        self.flow.run()
        self.go_on()

    def catch_up(self):
        self.flow.catch_up()

    def go_on(self):
        if self.live_ and not self.flow.live:
            self.flow.start()

    def close(self):
        self.flow.close()
