"""Unlogged tables: the server's log has no changes of theirs."""

from support import oracle
from support.sink import run_pintail, wait_until
from support.verification import start

SETUP = """create table t (id int primary key); create unlogged table fleeting (id int primary key, v text); insert into fleeting values (1, 'a');
    create table p (id int primary key) partition by range (id); create table p1 partition of p for values from (0) to (10);
    create unlogged table p2 partition of p for values from (10) to (20); insert into p values (1), (11)"""
LEFT_OUT = 'table public.fleeting is unlogged: its changes are not in the server\'s log, so it is left out. To have it followed: ALTER TABLE "public"."fleeting" SET LOGGED'
OF_PARTITION = 'partition public.p2 of public.p is unlogged'


def test_they_are_named_everywhere(direct):
    direct.psql(SETUP)
    said = direct.run().stderr
    assert said.count(LEFT_OUT) == 1 and said.count(OF_PARTITION) == 1, said
    plan = run_pintail(*direct.arguments("--dry-run"), cwd=direct.folder)
    assert f"notice: {LEFT_OUT}" in plan.stdout and f"notice: {OF_PARTITION}" in plan.stdout, plan
    doctor = run_pintail(*direct.arguments(command="doctor"), cwd=direct.folder)
    assert doctor.code == 0 and f"advice: {LEFT_OUT}" in doctor.stdout and f"advice: {OF_PARTITION}" in doctor.stdout, doctor
    assert "unlogged" not in direct.run("--exclude", "public.fleeting,public.p").stderr


def test_one_that_becomes_logged_is_picked_up(direct):
    direct.psql(SETUP)
    start(direct, "t")
    direct.live.wait_for_log(LEFT_OUT)
    direct.psql("alter table fleeting set logged; alter table p2 set logged; insert into fleeting values (2, 'b'); insert into p values (12)")
    wait_until(lambda: direct.query("select 1 from fleeting where id = 2"), "it is followed", 60)
    wait_until(lambda: direct.query("select 1 from p where id = 12"), "so is the partition", 60)
    direct.psql("update fleeting set v = 'c'; delete from p where id = 11")
    direct.catch_up()
    for table in ("t", "fleeting", "p"):
        oracle.assert_equal(direct.dsn, direct.target, "public", table)
