"""Plays a scenario over one path and compares what arrives. A step is one method here."""

import collections
import json
import pathlib
import shlex
import time

from support import modes, oracle
from support.direct_flow import DirectPath
from support.flow import Flow
from support.scenario import ScenarioError, rows_of, split_words, table_name

TESTS = pathlib.Path(__file__).resolve().parents[1]


class KafkaPath:
    """Postgres → Debezium → Kafka → `pintail sink`."""

    def __init__(self, scenario, variant, stack, folder):
        flags = [*shlex.split(scenario.sink_flags), "--mode", variant["mode"]]
        if variant["batch-rows"] != "default":
            flags += ["--batch-rows", variant["batch-rows"]]
        self.live_ = variant["sink"] == "live"
        self.flow = Flow(stack, folder, schemas_on=variant["schemas"] == "on", connector_overrides=scenario.connector,
                         sink_flags=flags)

    def begin(self):
        """Once the tables of the setup are there."""
        self.flow.connect()
        if self.live_:
            self.flow.start_sink()

    def catch_up(self):
        self.flow.catch_up()

    def go_on(self):
        if self.live_ and not self.flow.live:
            self.flow.start_sink()

    def close(self):
        self.flow.close()


# What the target's history of shapes calls a copy that was shown: in the table's place, or merged into what the table's mode keeps.
COPIED = "'swap in snapshot', 'merge snapshot'"

PATHS = {"kafka": KafkaPath, "direct": DirectPath}


class Run:
    def __init__(self, scenario, variant, stack, folder):
        self.scenario_ = scenario
        self.path_name_ = variant["path"]
        self.path_ = PATHS[variant["path"]](scenario, variant, stack, folder)
        self.flow_ = self.path_.flow
        self.mode_ = variant["mode"]
        self.begun_ = False
        self.caught_up_ = False

    def play(self):
        for step in self.scenario_.steps:
            if step.path not in (None, self.path_name_):
                continue
            try:
                self.step_(step)
            except AssertionError as failure:
                raise AssertionError(f"{self.scenario_.name}:{step.line}: {step.kind} {step.argument}\n{failure}") from failure

    def close(self):
        self.path_.close()

    def step_(self, step):
        if step.kind not in ("setup", "topic") and not self.begun_:
            self.begun_ = True
            self.path_.begin()
        if step.kind in ("equal", "expect", "history", "copies", "wait"):
            self.catch_up_()
        else:
            self.caught_up_ = False
        getattr(self, f"do_{step.kind}")(step)

    def catch_up_(self):
        if not self.caught_up_:
            self.path_.catch_up()
            self.caught_up_ = True

    def do_setup(self, step):
        self.flow_.psql(sql_of(step))

    def do_source(self, step):
        self.path_.go_on()
        if step.argument.startswith("until "):
            self.poll_source_(step.argument.removeprefix("until "), step.block)
        else:
            self.flow_.psql(sql_of(step))

    def poll_source_(self, wanted, sql):
        deadline = time.monotonic() + 120
        while (answer := self.flow_.psql(sql)) != wanted:
            assert time.monotonic() < deadline, f"the source answers {answer}, not {wanted}"
            time.sleep(0.1)

    def do_wait(self, step):
        pass

    def do_connect(self, step):
        """Connectors for all tables of now; those that exist are changed."""
        self.flow_.connect()

    def do_disconnect(self, step):
        self.flow_.settle()
        self.flow_.disconnect()

    def do_topic(self, step):
        table, word, partitions = split_words(step.argument)
        if word != "partitions":
            raise ScenarioError(f"topic TABLE partitions N, not: {step.argument}")
        self.flow_.topics.create(self.flow_.topic(*table_name(table)), int(partitions))

    def do_sink(self, step):
        """sink fails TEXT: the sink refuses what lies in the topics, and says so."""
        word, text = step.argument.split(None, 1)
        if word != "fails":
            raise ScenarioError(f"sink fails TEXT, not: {step.argument}")
        self.flow_.settle()
        outcome = self.flow_.sink(expect_code=1)
        assert text in outcome.text, f"the sink's message lacks '{text}': {outcome}"

    def do_equal(self, step):
        tables, options = equal_arguments(step.argument)
        options.mode = self.mode_
        for schema, table in tables or self.flow_.tables():
            oracle.assert_equal(self.flow_.dsn, self.flow_.target, schema, table, options)

    def do_history(self, step):
        """What the target says of the table's changes, but for its copies."""
        header, rows = rows_of(step.block)
        found = self.history_(step.argument, f"select {', '.join(header)}", f"change not in ('create table', {COPIED})")
        compare_rows(rows, found)

    def do_copies(self, step):
        """How often the table was copied whole since the beginning."""
        table, wanted = step.argument.rsplit(None, 1)
        found = self.history_(table, "select change", f"change in ({COPIED})")
        assert len(found) == int(wanted), f"{table} was copied {len(found)} times: {self.history_(table, 'select change, column_name, old, new', 'true')}"

    def history_(self, table, select, which):
        with oracle.open_target(self.flow_.target) as target:
            return target.execute(f"{select} from pintail.schema_history where table_name = ? and {which} order by changed_at", [table]).fetchall()

    def do_expect(self, step):
        name, in_mode, mode = step.argument.partition(" in ")
        if in_mode and mode != self.mode_:
            return
        schema, table = table_name(name)
        header, rows = rows_of(step.block)
        with oracle.open_target(self.flow_.target) as target:
            kinds = oracle.target_columns(target, schema, table)
            columns = ", ".join(oracle.text_of(oracle.quoted(name), kinds[name]) for name in header)
            standing = "true" if in_mode else modes.CURRENT[self.mode_]
            found = target.execute(f"select {columns} from {oracle.quoted(schema)}.{oracle.quoted(table)} where {standing}").fetchall()
        compare_rows(rows, found)


def compare_rows(wanted, found):
    wanted, found = collections.Counter(wanted), collections.Counter(map(printable, found))
    assert wanted == found, (f"missing in the target: {sorted((wanted - found).elements(), key=repr)}\n"
                             f"not expected there: {sorted((found - wanted).elements(), key=repr)}")


def printable(row):
    return tuple(json.dumps(cell, ensure_ascii=False) if isinstance(cell, list) else cell for cell in row)


def sql_of(step):
    """The step's SQL: its block, its file, or its block as often as it says."""
    if step.argument.startswith("file "):
        return (TESTS / step.argument.removeprefix("file ")).read_text()
    if step.argument.startswith("repeat "):
        return "\n".join(step.block.replace("{i}", str(i)) for i in repeat_range(step.argument))
    if step.argument:
        raise ScenarioError(f"line {step.line}: source takes file, repeat or until, not {step.argument}")
    return step.block


def repeat_range(argument):
    first, _, last = argument.removeprefix("repeat ").partition("..")
    return range(int(first), int(last) + 1)


def equal_arguments(argument):
    """TABLE… [as NAME] [extra COLUMN…] [skip COLUMN…] [columns SOURCE=TARGET…]; "all" for every table of the source."""
    tables, options, place = [], oracle.Options(), None
    for word in split_words(argument):
        if word in ("extra", "skip", "as", "columns"):
            place = word
        elif place == "extra":
            options.extra_columns.add(word.strip('"'))
        elif place == "skip":
            options.skip_columns.add(word.strip('"'))
        elif place == "columns":
            source, _, target = word.partition("=")
            options.renamed[source.strip('"')] = target.strip('"')
        elif place == "as":
            options.target = table_name(word)
        elif word != "all":
            tables.append(table_name(word))
    return tables, options
