"""Standbys and failovers, on the newest server: failover slots, decoding on a standby, a promoted standby; and what cannot go on."""

import re

import pytest
from support.direct_checks import assert_equal, begin_anew, count, of_slot, refused, wait_for_rows
from support.own_postgres import copy_of
from support.shared_stack import NEWEST_POSTGRES
from support.sink import wait_until


@pytest.fixture(scope="module", params=[NEWEST_POSTGRES, pytest.param("17", marks=pytest.mark.long)])
def version(request):
    return request.param


def on(flow, stack):
    """The flow's URL at another server."""
    return flow.source_url.replace(f":{flow.stack.postgres.port}/", f":{stack.postgres.port}/")


def promote(stack):
    stack.postgres.psql("select pg_promote()", "postgres")


def test_failover_slot_goes_on_at_the_promoted_standby(own, flow_on, folder):
    primary = own()
    flow = flow_on(primary)
    primary.postgres.psql("select pg_create_physical_replication_slot('standby')", "postgres")
    with copy_of(primary, folder / "standby", primary_slot_name="standby", hot_standby_feedback="on", sync_replication_slots="on") as standby:
        flow.run()
        assert of_slot(flow, "failover") == "t"
        synced = f"select 1 from pg_replication_slots where slot_name = '{flow.id}' and synced and not temporary"

        def slot_arrives():
            # A slot is synced once the standby has what it needs; running transactions are logged now and then only.
            primary.postgres.psql("select pg_log_standby_snapshot()", "postgres")
            flow.run()
            return standby.postgres.psql(synced, "postgres") == "1"

        wait_until(slot_arrives, "the slot is synced", 120)
        flow.psql("insert into t values (101, 'seen by both')")
        wait_until(lambda: standby.postgres.psql("select max(id) from t", flow.id) == "101", "the standby has it")
        primary.postgres.kill()
        promote(standby)
        wait_until(lambda: standby.postgres.psql("select pg_is_in_recovery()", "postgres") == "f", "the standby is promoted")
        standby.postgres.psql("update t set v = 'after the failover' where id < 5; insert into t values (102, 'new')", flow.id)
        outcome = flow.run(source=on(flow, standby))
        assert "all that the target holds lies before the failover" in outcome.stderr, outcome
        flow.stack = standby
        assert_equal(flow)
        flow.close()


def test_a_target_that_is_ahead_of_the_promoted_server(own, flow_on, folder):
    """It holds what the other server never had."""
    primary = own()
    flow = flow_on(primary)
    flow.run()
    with copy_of(primary, folder / "copy", follows=False) as behind:
        flow.psql("insert into t values (101, 'never arrived there')")
        flow.run()
        promote(behind)
        flow_behind = on(flow, behind)
        message = refused(flow, "timeline 2", "timeline 1", "holds changes that the server does not have", source=flow_behind)
        flow.run()
        assert_equal(flow)
        primary.postgres.kill()
        flow.stack = behind
        begin_anew(flow, message)
        flow.close()


def test_decoding_on_a_standby(own, flow_on, folder):
    """Publications come from the primary; a new slot waits for its running transactions; then copy and stream are as ever."""
    primary = own()
    flow = flow_on(primary)
    primary.postgres.psql("select pg_create_physical_replication_slot('standby')", "postgres")
    with copy_of(primary, folder / "standby", primary_slot_name="standby", hot_standby_feedback="on") as standby:
        url = on(flow, standby)
        message = refused(flow, "the server is a standby: publications are made on its primary", source=url)
        flow.psql(message.split("Run there: ")[1])
        caught_up = f"select count(*) from pg_publication where pubname like '{flow.id}%'"
        wait_until(lambda: standby.postgres.psql(caught_up, flow.id) == "2", "the standby has the publications")
        flow.target.unlink(missing_ok=True)
        live = flow.start(source=url)
        live.wait_for_log("pg_log_standby_snapshot()")

        def copied():
            primary.postgres.psql("select pg_log_standby_snapshot()", "postgres")
            return "following slot" in live.log

        wait_until(copied, "the tables are copied")
        flow.psql("insert into t values (101, 'streamed'); update t set v = 'changed' where id = 7; delete from t where id = 8")
        wait_for_rows(flow, 100)
        assert standby.postgres.psql(f"select active from pg_replication_slots where slot_name = '{flow.id}'", "postgres") == "t"
        assert of_slot(flow, "1") == "", "the slot is the standby's own"
        assert_equal(flow)
        # The next run goes on from there; a slot of a standby is no failover slot.
        flow.psql("insert into t values (102, 'later')")
        wait_until(lambda: standby.postgres.psql("select max(id) from t", flow.id) == "102", "the standby has it")
        flow.run(source=url)
        assert_equal(flow)
        # What its primary has not published yet holds up nothing else, also at a new start.
        flow.psql("create table late (id int primary key); insert into late values (1)")
        live = flow.start(source=url)
        live.wait_for_log("publications are made on its primary")
        flow.psql("insert into t values (103, 'beside it')")
        wait_for_rows(flow, 102)
        flow.psql(re.search("Run there: (.*?)\\. The tables", live.log)[1])
        wait_until(lambda: primary.postgres.psql("select pg_log_standby_snapshot()", "postgres") and count(flow, "late") == 1, "the new table is copied")
        assert_equal(flow)
        assert_equal(flow, "late")


def test_restart_on_a_new_timeline(own, flow_on):
    """A promotion of the server itself: its slot and all that the target holds are still there."""
    stack = own()
    flow = flow_on(stack)
    flow.run()
    stack.postgres.stop()
    stack.context.account.write(stack.postgres.data / "standby.signal", "")
    stack.postgres.start()
    promote(stack)
    wait_until(lambda: stack.postgres.psql("select pg_is_in_recovery()", "postgres") == "f", "it is promoted")
    flow.psql("insert into t values (101, 'on timeline 2')")
    flow.run()
    assert_equal(flow)
    flow.run()
