"""`pintail run --dry-run`: it sees what a run would refuse, exits as that would, and changes nothing."""

import json
import re

from support.sink import run_pintail

SETUP = "create table t (id int primary key, v int); insert into t values (1, 1)"


def plan(flow, *more, code):
    outcome = run_pintail(*flow.arguments("--dry-run", *more), cwd=flow.folder)
    assert outcome.code == code, outcome
    return outcome.stdout


def test_nothing_in_the_way(direct):
    direct.psql(SETUP)
    assert "problem" not in plan(direct, code=0)
    direct.run()
    fine = plan(direct, code=0)
    assert "problem" not in fine and "notice" not in fine


def test_patterns_that_match_nothing(direct):
    direct.psql(SETUP)
    shown = plan(direct, "--tables", "public.t,pubic.*", "--exclude", "nothing", code=0)
    assert "notice: --tables 'pubic.*' matches no table" in shown and "notice: --exclude 'nothing' matches" in shown
    assert "'public.t'" not in shown


def test_names_in_quotes(direct):
    """Commas separate patterns, so a name that has one stands in quotes."""
    direct.psql(SETUP + """; create table "a,b" (id int primary key); create table "say ""hi""x" (id int primary key)""")
    shown = plan(direct, "--exclude", 'public."a,b",public."say ""hi""x"', code=0)
    assert "public.t" in shown and "public.a,b" not in shown and "hi" not in shown and "notice" not in shown
    shown = plan(direct, "--tables", 'public."a,*"', code=0)
    assert "  public.a,b\n" in shown and "public.t" not in shown
    unclosed = run_pintail(*direct.arguments("--dry-run", "--tables", 'public."a'), cwd=direct.folder)
    assert unclosed.code == 2 and "a double quote is not closed" in unclosed.stderr, unclosed


def test_another_mode(direct):
    direct.psql(SETUP)
    direct.run()
    assert "problem: table public.t is kept as mirror" in plan(direct, "--mode", "history", code=1)


def test_a_slot_that_has_moved_on(direct):
    direct.psql(SETUP)
    direct.run()
    direct.psql(f"update t set v = 2; select pg_replication_slot_advance('{direct.id}', pg_current_wal_lsn())")
    assert f"problem: slot {direct.id} has moved on" in plan(direct, code=1)
    direct.psql(f"select pg_drop_replication_slot('{direct.id}')")
    assert f"problem: slot {direct.id} is missing" in plan(direct, code=1)


def test_a_table_in_quarantine(direct):
    direct.psql(SETUP)
    direct.run("--on-type-change", "quarantine")
    direct.psql("alter table t alter v type uuid using null::uuid; insert into t values (2)")
    direct.run("--on-type-change", "quarantine")
    assert "notice: table public.t is in quarantine: column v" in plan(direct, "--on-type-change", "quarantine", code=0)
    assert "it is copied again" in plan(direct, code=0)
    assert direct.status_of("public.t")["quarantined"] is not None


def test_names_that_differ_only_by_case(direct):
    """Of tables nobody knows which comes first until they have come."""
    direct.psql("""create table t (id int primary key, v int, "V" int); create table "T" (id int primary key)""")
    of_columns = "notice: column V of public.t is called V_2 in the target"
    shown = plan(direct, code=0)
    assert of_columns in shown and "notice: tables public.T, public.t have one name in the target" in shown, shown
    direct.run("--exclude", "public.T")
    shown = plan(direct, code=0)
    assert "notice: table public.T is called public.T_2 in the target" in shown and of_columns in shown and "tables public" not in shown, shown
    direct.run()
    assert plan(direct, code=0) == shown
    status = run_pintail("status", "--target", str(direct.target), cwd=direct.folder).stdout
    assert re.search(r"public\.T_2 +public\.T\n", status) and re.search(r"public\.t\.V_2 +public\.t\.V\n", status), status
    report = json.loads(run_pintail("status", "--target", str(direct.target), "--json", cwd=direct.folder).stdout)
    assert {table["target_table"]: table["renamed"] for table in report["tables"]} == {
        "public.t": [{"column": "V", "target": "V_2"}], "public.T_2": []}
