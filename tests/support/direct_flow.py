"""The other way of the data: a database, a target file, and `pintail run` in between.

Offers what scenarios use of flow.Flow. Everything is named after one id; close() removes it all.
"""

import itertools
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
        stack.postgres.psql(f"create database {self.id}", "postgres")

    def psql(self, sql):
        return self.stack.postgres.psql(sql, self.id)

    @property
    def dsn(self):
        return self.stack.postgres.dsn(self.id)

    @property
    def source_url(self):
        who, quote = self.stack.credentials, lambda text: urllib.parse.quote(text, safe="")
        return f"postgres://{quote(who.user)}:{quote(who.password)}@127.0.0.1:{self.stack.postgres.port}/{self.id}"

    def tables(self):
        rows = self.psql(
            "select format('%s%s%s', n.nspname, chr(31), c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
            "where c.relkind in ('r', 'p') and not c.relispartition and n.nspname not in ('pg_catalog', 'information_schema') "
            "and n.nspname !~ '^pg_t' order by 1")
        return [tuple(row.split("\x1f")) for row in rows.split("\n") if row]

    def arguments(self, *more):
        return ["run", "--source", self.source_url, "--target", str(self.target), "--slot", self.id, "--publication", self.id,
                *self.run_flags, *more]

    def run(self, *more, expect_code=0):
        """One finite run up to what is committed now."""
        outcome = run_pintail(*self.arguments("--until", "current", *more), cwd=self.folder)
        assert outcome.code == expect_code, f"pintail run: {outcome}"
        return outcome

    def start(self, *more):
        self.live = RunningSink(self.arguments(*more), self.folder, "run")
        self.live.wait_for_log("run: ")  # from here on it can be stopped
        return self.live

    def stop(self):
        """As Ctrl-C: the run ends with 0 and the target can be opened."""
        if self.live:
            code, log = self.live.stop(), self.live.log
            self.live = None
            assert code == 0, f"the run ended with {code}:\n{log[-8000:]}"

    def connect(self):
        """New tables are found by the next run."""

    def catch_up(self):
        """Everything of the source is in the target when this returns; nothing runs then."""
        self.stop()
        self.run()

    def close(self):
        if self.live:
            self.live.kill()
        run_pintail("drop", "--source", self.source_url, "--target", str(self.target), "--slot", self.id, "--publication", self.id,
                    cwd=self.folder)
        self.stack.postgres.psql(f"drop database if exists {self.id} with (force)", "postgres")
        shutil.rmtree(self.folder, ignore_errors=True)


class DirectPath:
    """Postgres → `pintail run`."""

    def __init__(self, scenario, variant, stack, folder):
        flags = shlex.split(scenario.sink_flags)
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
