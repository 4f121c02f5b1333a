"""Tables that the role may not read, or may no more: the others go on, and the line in log and status gives the way out."""

import pytest
from support.direct_checks import assert_equal, refused, sql_in, take_away, wait_for_rows, waits_for, weak_role
from support.shared_stack import NEWEST_POSTGRES
from support.sink import wait_until
from support.transfers import filled, held_copy

GRANT = "GRANT USAGE ON SCHEMA [^;]*; GRANT SELECT ON [^;\n]*"


@pytest.fixture(scope="module", params=[NEWEST_POSTGRES, pytest.param(None, marks=pytest.mark.long)], ids=["newest", ""])
def version(request):
    """The newest has the most timeouts."""
    return request.param


@pytest.fixture
def follower(server, flow_on):
    """A flow whose publication is somebody's, of all tables; a role that may read t; its URL."""
    flow = flow_on(server)
    role, url = weak_role(flow)
    flow.psql(f"create publication everything for all tables with (publish_via_partition_root = true); grant select on t to {role}")
    yield flow, role, url
    take_away(flow, role, "drop publication everything")


SECRETS = {"plain": "create table secret (id int primary key); insert into secret values (1)",
           "a partition": "create table secret (id int primary key) partition by range (id); create table secret_1 partition of secret for values from (0) to (9);"
                          "insert into secret values (1); grant select on secret to {}"}


@pytest.mark.parametrize("kind", SECRETS)
def test_others_are_copied_beside_one_that_may_not_be_read(follower, kind):
    flow, role, url = follower
    flow.run(source=url, publication="everything")
    live = flow.start(source=url, publication="everything")
    live.wait_for_log("following slot")
    flow.psql(SECRETS[kind].format(role) + "; alter table t alter v type varchar(50) using v || '!'; insert into t values (101, 'after')")
    wait_for_rows(flow, 101)
    assert flow.query("select v from t where id = 1") == [{"v": "v1!"}]
    held_up = wait_until(lambda: waits_for(flow), "the status names the table")
    assert len(held_up) == 1 and "table public.secret cannot be copied, the role may not read it" in held_up[0], held_up
    assert live.log.count("public.secret cannot be copied") == 1, live.log
    flow.psql(sql_in(held_up[0], GRANT))
    wait_for_rows(flow, 1, "secret")
    wait_until(lambda: not waits_for(flow), "nothing is held up any more")
    assert_equal(flow)
    assert_equal(flow, "secret")


def test_a_finite_run_says_what_it_cannot_copy(follower):
    flow, role, url = follower
    flow.run(source=url, publication="everything")
    flow.psql(SECRETS["a partition"].format(role))
    grant = sql_in(refused(flow, "public.secret cannot be copied", source=url, publication="everything"), GRANT)
    flow.psql(grant)
    flow.run(source=url, publication="everything")
    assert_equal(flow, "secret")


def test_a_right_that_goes_during_the_first_copy(follower):
    flow, role, url = follower
    flow.psql(filled("big", 80_000) + filled("last", 10) + f"grant select on big, last to {role}")
    live = flow.start("--batch-rows", "500", "--snapshot-jobs", "1", source=url, publication="everything")
    with held_copy(flow, "big", "last"):
        flow.psql("revoke usage on schema public from public")  # of the table itself it would wait for the lock
    live.wait_for_log("the role may not read public.last")
    flow.psql(sql_in(live.log[live.log.index("the role may not read public.last"):], GRANT))
    wait_for_rows(flow, 10, "last")
    assert_equal(flow)
    assert_equal(flow, "last")


def test_settings_of_the_role_change_nothing(follower):
    """Read-only transactions and timeouts far below what a copy takes."""
    flow, role, url = follower
    flow.psql(filled("big", 80_000) + filled("last", 10) + f"grant pg_read_all_data to {role}; alter table t owner to {role}; alter table big owner to {role};"
              f"alter table last owner to {role}; alter role {role} set default_transaction_read_only = on; alter role {role} set idle_session_timeout = '300ms'")
    if int(flow.psql("show server_version_num")) >= 170000:
        flow.psql(f"alter role {role} set transaction_timeout = '300ms'")
    live = flow.start("--batch-rows", "500", "--snapshot-jobs", "1", source=url)
    with held_copy(flow, "big", "last"):
        live.wait_for_log("waiting for the lock of table public.last")
    wait_for_rows(flow, 10, "last")
    assert "waiting, next try" not in live.log, live.log
    assert_equal(flow)
    flow.psql("alter table t owner to current_user; alter table big owner to current_user; alter table last owner to current_user")
