"""What tests of `pintail run` ask of a flow, a run and its messages."""

import json
import re

from support import oracle
from support.sink import run_pintail, wait_until

SETUP = "create table t (id int primary key, v text); insert into t select i, 'v' || i from generate_series(1, 100) i"
PASSWORD = "a secret of the role"


def assert_equal(flow, table="t"):
    flow.stop()
    assert oracle.assert_equal(flow.dsn, flow.target, "public", table) > 0


def refused(flow, *parts, code=1, leaves_no_target=False, **changed):
    """A run that ends with one message that holds all of the parts."""
    outcome = flow.run(expect_code=code, **changed)
    lines = [line for line in outcome.stderr.splitlines() if line.startswith("pintail: ")]
    assert len(lines) == 1, outcome
    for part in parts:
        assert re.search(part, outcome.stderr), f"not in the message: {part}\n{outcome}"
    assert PASSWORD not in outcome.text and f":{flow.stack.credentials.password}@" not in outcome.text
    assert not (leaves_no_target and flow.target.exists()), "a target was made although nothing could be loaded"
    return outcome.stderr


def sql_in(message, pattern):
    """The way out as the message gives it."""
    found = re.search(pattern, message)
    assert found, f"no {pattern} in: {message}"
    return found[0]


def begin_anew(flow, message):
    """What the message tells to do when a slot is of no use any more."""
    assert f"pintail drop --slot {flow.id} --publication {flow.id}" in message
    flow.target.unlink()
    assert flow.drop().code == 0
    flow.run()
    assert_equal(flow)


def weak_role(flow, attributes="replication"):
    """A role that may do what pintail needs, as far as the attributes go; its URL."""
    role = f"weak_{flow.id}"
    flow.psql(f"create role {role} login {attributes} password '{PASSWORD}'; grant create on database {flow.id} to {role}")
    return role, flow.url_as(role, PASSWORD)


def drop_role(flow, role):
    flow.psql(f"drop owned by {role} cascade; drop role {role}")


def take_away(flow, role, first):
    """Whatever runs as the role, what it has made, and itself, after this SQL."""
    if flow.live:
        flow.live.kill()
        flow.live = None
    flow.drop()
    flow.psql(first)
    drop_role(flow, role)


def follows_as(flow, role, url, *tables):
    """The role can run pintail now; it goes with all that it made."""
    flow.run(source=url)
    for table in tables or ("t",):
        assert_equal(flow, table)
    flow.drop()
    drop_role(flow, role)


def count(flow, table="t"):
    """Rows in the target, asked of the pintail that writes it."""
    outcome = run_pintail("query", "--target", str(flow.target), "--format", "csv", f"select count(*) from {table}", cwd=flow.folder)
    return int(outcome.stdout.split()[-1]) if outcome.code == 0 else -1


def arrives(flow, number, table="other"):
    """What was committed at the source before has been read, too."""
    flow.psql(f"insert into {table} values ({number})")
    wait_until(lambda: flow.query(f"select id from {table} where id = {number}"), f"row {number} arrives")


def wait_for_rows(flow, rows, table="t"):
    wait_until(lambda: count(flow, table) == rows, f"{rows} rows of {table} in the target", 90)


def ended(flow):
    """The log of a run that ends by itself with 1."""
    live, flow.live = flow.live, None
    assert live.process.wait(timeout=120) == 1, live.log
    return live.log


def waits_for(flow):
    """What the status says that something waits for; none where nothing answers."""
    outcome = run_pintail("status", "--target", str(flow.target), "--json", cwd=flow.folder)
    return json.loads(outcome.stdout)["pipeline"]["waits_for"] if outcome.code == 0 else []


def of_slot(flow, column):
    return flow.psql(f"select {column} from pg_replication_slots where slot_name = '{flow.id}'")
