"""What `pintail run` refuses, and what it waits out: the message names the thing and the way out, which is tried; nothing is
lost, and whatever can go on by itself does."""

import os
import pathlib
import re
import signal
import subprocess
import sys

import duckdb
import psycopg
import pytest
from support.direct_checks import (PASSWORD, SETUP, assert_equal, begin_anew, drop_role, ended, follows_as, of_slot, refused, sql_in, take_away, wait_for_rows,
                                   weak_role)
from support import oracle
from support.own_postgres import only_connections, write_log
from support.sink import run_pintail, wait_until


# The server's settings and the role's rights.


def test_wal_level(own, flow_on):
    stack = own(wal_level="replica")
    flow = flow_on(stack)
    message = refused(flow, "wal_level is replica", leaves_no_target=True)
    flow.psql(sql_in(message, "ALTER SYSTEM SET wal_level = 'logical'"))
    stack.postgres.restart()
    flow.run()
    assert_equal(flow)


def test_role_without_replication(server, flow_on):
    flow = flow_on(server)
    role, url = weak_role(flow, "noreplication")
    flow.psql(f"alter table t owner to {role}")
    message = refused(flow, f"role {role} may not replicate", source=url, leaves_no_target=True)
    flow.psql(sql_in(message, f'ALTER ROLE "{role}" REPLICATION'))
    flow.run(source=url)
    assert_equal(flow)
    flow.drop()
    flow.psql("alter table t owner to current_user")
    drop_role(flow, role)


def test_tables_that_may_not_be_read(server, flow_on):
    """Those without a key are read, too; a way out with the role's name in it can be run as it is."""
    flow = flow_on(server, SETUP + "; create table keyless (a int); insert into keyless values (1)")
    role, url = weak_role(flow)
    flow.psql(f"create publication {flow.id} for table t; create publication {flow.id}_inserts for table keyless with (publish = 'insert, truncate');"
              f"comment on publication {flow.id} is 'made by pintail'; comment on publication {flow.id}_inserts is 'made by pintail'")
    message = refused(flow, "may not read public.t", "may not read public.keyless", source=url, leaves_no_target=True)
    for grant in re.findall(r"GRANT USAGE ON SCHEMA [^;]*; GRANT SELECT ON \S+ TO \S+", message):
        flow.psql(grant)
    follows_as(flow, role, url, "t", "keyless")


def test_publication_that_only_the_owner_can_make(server, flow_on):
    flow = flow_on(server)
    role, url = weak_role(flow)
    flow.psql(f"grant select on t to {role}")
    message = refused(flow, "may not make the publication", source=url, leaves_no_target=True)
    flow.psql(sql_in(message, rf'CREATE PUBLICATION "{flow.id}" FOR TABLE "public"."t" WITH \(publish_via_partition_root = true\)'))
    follows_as(flow, role, url)


def test_row_level_security(server, flow_on):
    """A copy would hold only the rows that the policies show, the stream all."""
    flow = flow_on(server, SETUP + "; alter table t enable row level security; create policy part_of_it on t using (id < 10)")
    role, url = weak_role(flow)
    flow.psql(f"grant select on t to {role}; create publication {flow.id} for table t")
    message = refused(flow, "row-level security hides rows of public.t", source=url, leaves_no_target=True)
    flow.psql(sql_in(message, f'ALTER ROLE "{role}" BYPASSRLS'))
    follows_as(flow, role, url)


def test_wrong_password(server, flow_on):
    flow = flow_on(server)
    refused(flow, "password authentication failed", "POSTGRES_PASSWORD", source=flow.url_as(server.credentials.user, "wrong"),
            leaves_no_target=True)


# Publications that somebody else made.


def test_publication_without_the_table(server, flow_on):
    flow = flow_on(server, SETUP + "; create table u (id int primary key); insert into u values (1)")
    flow.psql(f"create publication {flow.id} for table t")
    outcome = run_pintail(*flow.arguments("--until", "current", "--tables", "public.u"), cwd=flow.folder)
    assert outcome.code == 1 and f"publication {flow.id} does not publish public.u" in outcome.stderr, outcome
    flow.psql(sql_in(outcome.stderr, rf'ALTER PUBLICATION "{flow.id}" ADD TABLE "public"."u"'))
    flow.run("--tables", "public.u")
    assert_equal(flow, "u")


def test_publication_without_any_table(server, flow_on):
    flow = flow_on(server)
    flow.psql(f"create publication {flow.id}")
    refused(flow, f"publication {flow.id} publishes no table", leaves_no_target=True)


def test_publication_without_some_kinds_of_changes(server, flow_on):
    flow = flow_on(server)
    flow.psql(f"create publication {flow.id} for table t with (publish = 'insert')")
    message = refused(flow, "leaves out some kinds of changes", leaves_no_target=True)
    flow.psql(sql_in(message, rf"ALTER PUBLICATION \"{flow.id}\" SET \(publish = '[^']*'\)"))
    flow.run()
    assert_equal(flow)


def test_publication_of_updates_of_a_keyless_table(server, flow_on):
    """It makes the application's UPDATE fail already; the way out makes both work."""
    flow = flow_on(server, "create table t (a int); insert into t values (1), (1)")
    flow.psql(f"create publication {flow.id} for table t")
    message = refused(flow, "public.t has no primary key and no replica identity", leaves_no_target=True)
    flow.psql(sql_in(message, 'ALTER TABLE "public"."t" REPLICA IDENTITY FULL'))
    flow.run()
    flow.psql("update t set a = 2 where ctid = '(0,1)'")
    flow.run()
    assert_equal(flow)


def test_publication_of_updates_of_a_table_with_a_deferrable_key(server, flow_on):
    flow = flow_on(server, SETUP + "; alter table t drop constraint t_pkey, add primary key (id) deferrable")
    flow.psql(f"create publication {flow.id} for table t")
    message = refused(flow, "public.t has a DEFERRABLE primary key, which PostgreSQL does not take", "not deferrable", leaves_no_target=True)
    flow.psql(sql_in(message, 'ALTER TABLE "public"."t" REPLICA IDENTITY FULL'))
    flow.run()
    flow.psql("update t set v = 'told apart' where id = 1")
    flow.run()
    assert_equal(flow)


def test_a_partition_without_identity(server, flow_on):
    """That of the root is none of its partitions': the advice is for what lacks one."""
    flow = flow_on(server, """create table p (id int, k int) partition by list (k); create table p1 partition of p for values in (1);
                              alter table p replica identity full; insert into p values (1, 1)""")
    flow.psql(sql_in(flow.run().stderr, 'ALTER TABLE "public"."p1" REPLICA IDENTITY FULL'))
    flow.run()
    flow.psql("update p set id = 2")
    assert "replica identity" not in flow.run().stderr
    assert_equal(flow, "p")


def test_publication_that_is_gone(server, flow_on):
    """What was changed without it is lost for good: no new one under the old slot."""
    flow = flow_on(server)
    flow.run()
    flow.psql(f"drop publication {flow.id}; update t set v = 'unpublished'")
    begin_anew(flow, refused(flow, f"publication {flow.id} is missing"))


def test_publication_dropped_while_running(server, flow_on):
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    flow.psql(f"drop publication {flow.id}; insert into t values (101, 'unpublished')")
    assert re.search(f'publication "?{flow.id}"? (does not exist|is missing)', ended(flow))
    begin_anew(flow, refused(flow, f"publication {flow.id} is missing"))


# Slots.


def test_no_free_slot(own, flow_on):
    stack = own(max_replication_slots=1)
    flow = flow_on(stack)
    flow.psql("select pg_create_physical_replication_slot('taken')")
    refused(flow, "all 1 replication slots are taken", "max_replication_slots", "pg_drop_replication_slot", leaves_no_target=True)
    flow.psql("select pg_drop_replication_slot('taken')")
    flow.run()
    assert_equal(flow)


def test_no_free_slot_for_a_new_table(own, flow_on):
    """Its copy needs a slot for a moment: the other tables go on meanwhile, and it follows when there is one."""
    stack = own(max_replication_slots=2)
    flow = flow_on(stack)
    flow.psql("select pg_create_physical_replication_slot('taken')")
    live = flow.start()
    wait_for_rows(flow, 100)
    flow.psql("create table late (id int primary key); insert into late values (1)")
    live.wait_for_log("the tables that are followed go on")
    flow.psql("insert into t values (101, 'still followed')")
    wait_for_rows(flow, 101)
    flow.psql("select pg_drop_replication_slot('taken')")
    wait_for_rows(flow, 1, "late")
    flow.psql("insert into late values (2)")
    flow.catch_up()
    assert_equal(flow, "late")
    assert_equal(flow)


def walsender(stack):
    """A connection that holds one of max_wal_senders."""
    return psycopg.connect(stack.postgres.dsn("postgres") + " replication=database", autocommit=True)


def test_no_free_walsender(own, flow_on):
    stack = own(max_wal_senders=1)
    flow = flow_on(stack)
    with walsender(stack):
        refused(flow, "max_wal_senders", "pg_stat_replication")
        doctor = run_pintail(*flow.arguments(command="doctor"), cwd=flow.folder)
        assert doctor.code == 1 and "all 1 walsenders are busy" in doctor.stdout, doctor
    flow.run()
    assert_equal(flow)
    # A run that lost its connection waits for the next free one.
    live = flow.start()
    live.wait_for_log("following slot")
    stack.postgres.stop()
    live.wait_for_log("waiting, next try")
    stack.postgres.start()
    taken = wait_until(lambda: try_walsender(stack), "the walsender's place")
    # Whoever was faster, pintail is or comes without one now.
    live.wait_for_log("max_wal_senders")
    taken.close()
    flow.psql("insert into t values (101, 'after it')")
    wait_for_rows(flow, 101)
    assert_equal(flow)


def try_walsender(stack):
    try:
        return walsender(stack)
    except psycopg.OperationalError:
        stack.postgres.psql("select pg_terminate_backend(pid) from pg_stat_replication", "postgres")
        return None


def test_slot_in_use(server, flow_on):
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    other = flow.folder / "other.duckdb"
    refused(flow, f"slot {flow.id} is in use by process", "pg_terminate_backend", "--slot", target=other)
    assert flow.live.alive
    flow.psql("insert into t values (101, 'still followed')")
    wait_for_rows(flow, 101)
    assert_equal(flow)


def test_slot_still_in_use_for_a_moment(server, flow_on):
    """As after a crash of which the server does not know yet: waited out."""
    flow = flow_on(server)
    flow.run()
    with walsender_of(flow) as connection:
        live = flow.start()
        live.wait_for_log("waiting up to")
        connection.close()
        flow.psql("insert into t values (101, 'after it')")
        wait_for_rows(flow, 101)
    assert_equal(flow)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl_c", "sigterm"])
def test_stop_while_the_slot_is_in_use(server, flow_on, number):
    flow = flow_on(server)
    flow.run()
    with walsender_of(flow) as connection:
        live = flow.start()
        live.wait_for_log("waiting up to")
        assert live.stop(number) == 0, live.log
        flow.live = None
        assert connection.reads()
    flow.run()
    assert_equal(flow)


class walsender_of:
    """pg_recvlogical holds the flow's slot."""

    def __init__(self, flow):
        self.flow_ = flow

    def __enter__(self):
        program = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_recvlogical"))[-1]
        self.process_ = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", str(program), "--start", "-d", self.flow_.dsn, "--slot", self.flow_.id, "-f", "/dev/null",
             "-o", "proto_version=1", "-o", f"publication_names={self.flow_.id}", "--no-loop", "-F", "0", "-s", "0"],
            cwd=self.flow_.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: of_slot(self.flow_, "active") == "t", "the slot is read")
        return self

    def reads(self):
        return self.process_.poll() is None and of_slot(self.flow_, "active") == "t"

    def close(self):
        self.process_.kill()
        self.process_.wait()

    def __exit__(self, *_):
        self.close()


def test_slot_that_is_missing(server, flow_on):
    """Never silently a new slot and a gap."""
    flow = flow_on(server)
    flow.run()
    flow.psql(f"select pg_drop_replication_slot('{flow.id}'); update t set v = 'unseen'")
    begin_anew(flow, refused(flow, f"slot {flow.id} is missing"))


def test_slot_that_was_read_by_another(server, flow_on):
    flow = flow_on(server)
    flow.run()
    flow.psql(f"update t set v = 'unseen'; select pg_replication_slot_advance('{flow.id}', pg_current_wal_lsn())")
    message = refused(flow, "has moved on", "without this target", "Another target may be loaded through that slot")
    own = sql_in(message, rf"--slot {flow.id}_2").split()[1]
    beside = flow.target.with_name("beside.duckdb")
    flow.run(slot=own, publication=own, target=beside)
    assert oracle.assert_equal(flow.dsn, beside, "public", "t") > 0
    run_pintail(*flow.arguments(command="drop", slot=own, publication=own), cwd=flow.folder)
    begin_anew(flow, message)


def test_slot_that_is_lost(own, flow_on):
    """Invalidated for real: the log that it needs is removed."""
    stack = own(max_slot_wal_keep_size="1MB", min_wal_size="32MB", max_wal_size="32MB")
    flow = flow_on(stack)
    flow.run()
    wait_until(lambda: write_log(stack, 20) or stack.postgres.psql("checkpoint") or of_slot(flow, "wal_status") == "lost", "the slot is lost")
    doctor = run_pintail(*flow.arguments(command="doctor"), cwd=flow.folder)
    assert doctor.code == 1 and "was invalidated" in doctor.stdout, doctor
    begin_anew(flow, refused(flow, f"slot {flow.id} was invalidated", "max_slot_wal_keep_size"))


def test_slot_dropped_while_running(server, flow_on):
    flow = flow_on(server)
    flow.start()
    wait_for_rows(flow, 100)
    flow.psql(f"""do $$ begin
        perform pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '{flow.id}';
        for attempt in 1..1000 loop
            begin
                perform pg_drop_replication_slot('{flow.id}');
                return;
            exception when object_in_use then
                perform pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '{flow.id}';
                perform pg_sleep(0.005);
            end;
        end loop;
    end $$""")
    flow.psql("update t set v = 'unseen'")
    # A run that has stored nothing yet may make a new slot and copy: it has no position that a gap could follow.
    assert f"slot {flow.id} is missing" in ended(flow)
    begin_anew(flow, refused(flow, f"slot {flow.id} is missing"))


# Connections.


def test_tls(own, flow_on):
    stack = own()
    flow = flow_on(stack)
    ca = make_certificates(stack, flow.folder)
    stack.postgres.psql("alter system set ssl = on", "postgres")
    stack.postgres.restart()
    only_connections(stack, "hostssl all all 127.0.0.1/32 scram-sha-256", "hostssl replication all 127.0.0.1/32 scram-sha-256")
    url = lambda **options: flow.url_as(stack.credentials.user, stack.credentials.password, **options)  # noqa: E731
    refused(flow, "no encryption", "sslmode=require", source=url(sslmode="disable"), leaves_no_target=True)
    refused(flow, "sslrootcert", source=url(sslmode="verify-full"), leaves_no_target=True)
    other_ca = make_certificates(stack, flow.folder, "other", install=False)
    refused(flow, "certificate", "sslrootcert", source=url(sslmode="verify-full", sslrootcert=other_ca), leaves_no_target=True)
    for options in ({"sslmode": "require"}, {"sslmode": "verify-full", "sslrootcert": ca}):
        flow.psql("insert into t select max(id) + 1, 'over TLS' from t")
        flow.run(source=url(**options))
        assert_equal(flow)


def make_certificates(stack, folder, name="ca", install=True):
    """A certificate authority of that name and, for the server, a certificate of it; the path of the authority's own."""
    openssl = lambda *arguments: subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)  # noqa: E731
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}", "-days", "9")
    if install:
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server")
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", f"{name}.crt", "-CAkey", f"{name}.key", "-CAcreateserial", "-days", "9",
                "-extfile", "names", "-out", "server.crt")
        for file in ("server.key", "server.crt"):
            stack.context.account.write(stack.postgres.data / file, (folder / file).read_text())
    return folder / f"{name}.crt"


def test_server_away_at_the_first_start(own, flow_on):
    """The address may be wrong: said at once."""
    stack = own()
    flow = flow_on(stack)
    stack.postgres.stop()
    refused(flow, "cannot connect to Postgres at 127.0.0.1", "is the server running", leaves_no_target=True)
    stack.postgres.start()
    flow.run()
    assert_equal(flow)


def test_server_away_at_a_later_start(own, flow_on):
    """It was there before: waited for, and the status says so; a finite run says it and ends."""
    stack = own()
    flow = flow_on(stack)
    flow.run()
    stack.postgres.stop()
    refused(flow, "cannot connect to Postgres")
    live = flow.start()
    live.wait_for_log("waiting, next try")
    status = run_pintail("status", "--target", str(flow.target), cwd=flow.folder)
    assert status.code == 0 and "cannot connect to Postgres" in status.stdout, status
    stack.postgres.start()
    flow.psql("insert into t values (101, 'after it')")
    wait_for_rows(flow, 101)
    assert_equal(flow)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_server_away_in_mid_stream(own, flow_on, how):
    stack = own()
    flow = flow_on(stack)
    flow.run()
    live = flow.start()  # with nothing to do: no batch has proven anything yet
    live.wait_for_log("following slot")
    for number in (1, 2):
        getattr(stack.postgres, how)()
        live.wait_for_log("waiting, next try")
        stack.postgres.start()
        flow.psql(f"insert into t values ({100 + number}, 'after it'); update t set v = v || '!'")
        wait_for_rows(flow, 100 + number)
    assert live.log.count("following slot") >= 3
    flow.catch_up()
    assert_equal(flow)


def test_terminated_sessions(server, flow_on):
    """pg_terminate_backend on the walsender, then on all sessions: it comes back."""
    flow = flow_on(server)
    flow.run()
    live = flow.start()
    for number, sessions in enumerate(("backend_type = 'walsender'", "application_name = 'pintail'"), 1):
        wait_until(lambda: of_slot(flow, "active") == "t", "the slot is read")
        flow.psql(f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{flow.id}' and pid <> pg_backend_pid() and {sessions}")
        wait_until(lambda: live.log.count("waiting, next try") >= number, "it says that it waits")
        flow.psql(f"insert into t values ({100 + number}, 'after it')")
        wait_for_rows(flow, 100 + number)
    assert_equal(flow)


@pytest.fixture
def shut_out(own, flow_on):
    """shut_out(refuse, said): a run that follows t as a role, which is then let in no more; flow and run once it says that it waits."""
    stack = own()
    flow = flow_on(stack)
    role, url = weak_role(flow)
    flow.psql(f"alter table t owner to {role}")

    def make(refuse, said):
        flow.run(source=url)
        live = flow.start(source=url)
        live.wait_for_log("following slot")
        refuse(stack, flow, role)
        flow.psql(f"select pg_terminate_backend(pid) from pg_stat_activity where usename = '{role}'")
        wait_until(lambda: re.search(said + ".*waiting, next try", live.log) or not live.alive, "it waits")
        assert live.alive, live.log
        status = run_pintail("status", "--target", str(flow.target), cwd=flow.folder).stdout
        assert re.search("^  waiting .*" + said, status, re.M), status
        flow.psql("insert into t values (101, 'meanwhile')")
        refused(flow, said, source=url, target=flow.target.with_name("another.duckdb"))
        assert not flow.target.with_name("another.duckdb").exists()
        return flow, stack, role, live

    yield make
    take_away(flow, role, "alter table t owner to current_user")


def test_password_changed_in_mid_stream(shut_out):
    """The run waits for its password; a start with a wrong one says so at once."""
    flow, stack, role, live = shut_out(lambda stack, flow, role: flow.psql(f"alter role {role} password 'another one'"), "password authentication failed")
    assert "restart pintail with the new one" in live.log and "~/.pgpass" in live.log and PASSWORD not in live.log, live.log
    flow.psql(f"alter role {role} password '{PASSWORD}'")
    wait_for_rows(flow, 101)
    assert_equal(flow)


def test_login_lost_in_mid_stream(shut_out):
    flow, stack, role, live = shut_out(lambda stack, flow, role: flow.psql(f"alter role {role} nologin"), "is not permitted to log in")
    flow.psql(f"alter role {role} login")
    wait_for_rows(flow, 101)
    assert_equal(flow)


LOST_RIGHTS = {
    "REPLICATION": (lambda flow, role: flow.psql(f"alter role {role} noreplication"), "may not replicate"),
    "SELECT": (lambda flow, role: flow.psql(f"alter table t owner to current_user; revoke all on t from {role}"), "the role may not read"),
    "BYPASSRLS": (lambda flow, role: flow.psql(f"alter table t owner to current_user; grant select on t to {role}; alter table t enable row level security"),
                  "row-level security hides rows"),
}


@pytest.mark.parametrize("right", LOST_RIGHTS)
def test_right_lost_in_mid_stream(shut_out, right):
    """The statement that the waiting run names gives it back."""
    lose, said = LOST_RIGHTS[right]
    flow, stack, role, live = shut_out(lambda stack, flow, role: lose(flow, role), said)
    flow.psql(sql_in(re.search(said + ".*", live.log)[0].partition("; waiting")[0], "(ALTER ROLE|GRANT) .*"))
    wait_for_rows(flow, 101)
    assert_equal(flow)


def test_pg_hba_that_rejects_for_a_while(shut_out):
    def reject(stack, flow, role):
        only_connections(stack, f"host all {role} 127.0.0.1/32 reject", *everybody)

    everybody = ("host all all 127.0.0.1/32 scram-sha-256", "host replication all 127.0.0.1/32 scram-sha-256", "local all all scram-sha-256")
    flow, stack, role, live = shut_out(reject, "pg_hba.conf rejects")
    only_connections(stack, *everybody)
    wait_for_rows(flow, 101)
    assert_equal(flow)


# Another server than the target's.


def test_another_server(server, own, flow_on):
    flow = flow_on(server)
    flow.run()
    other = flow_on(own())
    refused(flow, "another server", source=other.source_url)
    flow.run()
    assert_equal(flow)


def test_another_database(server, flow_on):
    flow, other = flow_on(server), flow_on(server)
    flow.run()
    refused(flow, f"slot {flow.id} belongs to database {flow.id}", source=other.source_url)
    refused(flow, f"from database {flow.id}, this is {other.id}", source=other.source_url, slot=other.id)
    flow.run()
    assert_equal(flow)


# The target.


def test_target_in_use(server, flow_on):
    flow = flow_on(server)
    flow.run()
    other = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", sys.executable, "-c",
                              "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(600)",
                              str(flow.target)], stdout=subprocess.PIPE, text=True, cwd=flow.folder)
    assert other.stdout.readline() == "open\n"
    try:
        refused(flow, f"is in use by process {other.pid}", "stop that one")
    finally:
        other.kill()
        other.communicate()
    flow.psql("insert into t values (101, 'after it')")
    flow.run()
    assert_equal(flow)


def test_target_in_use_by_pintail(server, flow_on):
    flow = flow_on(server)
    live = flow.start()
    wait_for_rows(flow, 100)
    refused(flow, f"is in use by process {live.pid}", "pintail status")
    assert_equal(flow)


def test_target_that_is_no_duckdb_file(server, flow_on):
    flow = flow_on(server)
    flow.target.write_text("something else\n" * 1000)
    refused(flow, "is not a DuckDB file", "never overwrites")
    assert flow.target.read_text() == "something else\n" * 1000
    assert of_slot(flow, "1") == "", "a slot was made for a target that cannot be written"


@pytest.fixture
def small_disk(folder):
    """A file system of 24 MiB."""
    place = folder / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=755", "tmpfs", str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here (needs root): {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def filler(place):
    """Takes all but about 2 MiB of the small disk."""
    free = os.statvfs(place).f_bavail * os.statvfs(place).f_frsize
    (place / "filler").write_bytes(b"\0" * max(0, free - (2 << 20)))


@pytest.mark.parametrize("batch_rows", ["1000", "200000"], ids=["small_batches", "one_batch"])
def test_disk_full(server, flow_on, small_disk, batch_rows):
    """It waits, keeps what was committed, and goes on by itself when there is room again. At the end log and file together
    leave no room for a checkpoint: one that failed was seen to take committed rows with it (src/duck/room_guard.hpp)."""
    flow = flow_on(server)
    flow.target = small_disk / "target.duckdb"
    live = flow.start("--batch-rows", batch_rows)
    wait_for_rows(flow, 100)
    filler(small_disk)
    flow.psql("insert into t select i, repeat(md5(i::text), 20) from generate_series(1001, 30000) i")
    live.wait_for_log("disk is full")
    live.wait_for_log("waiting, next try")
    assert live.alive
    status = run_pintail("status", "--target", str(flow.target), cwd=flow.folder)
    assert status.code == 0 and "disk is full" in status.stdout, status
    (small_disk / "filler").unlink()
    flow.psql("delete from t where id % 7 = 0")
    wait_for_rows(flow, int(flow.psql("select count(*) from t")))
    flow.catch_up()
    assert_equal(flow)


def test_disk_full_until_the_next_start(server, flow_on, small_disk):
    """Stopped, or killed, while it waits: the next run goes on."""
    flow = flow_on(server)
    flow.target = small_disk / "target.duckdb"
    for number, end in enumerate((signal.SIGINT, signal.SIGKILL)):
        live = flow.start()
        wait_for_rows(flow, int(flow.psql("select count(*) from t")))
        filler(small_disk)
        flow.psql(f"insert into t select i, repeat(md5(i::text), 20) from generate_series({1 + 10000 * (number + 1)}, {10000 * (number + 2)}) i")
        live.wait_for_log("disk is full")
        flow.live = None
        assert live.stop(end) == (0 if end == signal.SIGINT else -signal.SIGKILL), live.log
        (small_disk / "filler").unlink()
        flow.run()
        assert_equal(flow)


def test_spool_limit(own, flow_on):
    """Transactions that the server sends while they run have a budget of their own."""
    flow = flow_on(own(logical_decoding_work_mem="64kB"))
    flow.run()
    flow.psql("insert into t select i, repeat('x', 100) from generate_series(1001, 30000) i")
    outcome = run_pintail(*flow.arguments("--until", "current", "--spool-limit", "1MiB"), cwd=flow.folder)
    assert outcome.code == 1 and "more than the 1 MiB" in outcome.stderr and "--spool-limit" in outcome.stderr, outcome
    with duckdb.connect(str(flow.target), read_only=True) as target:
        assert target.execute("select count(*) from public.t").fetchone() == (100,)
    assert not pathlib.Path(f"{flow.target}.spool").exists()
    flow.run("--spool-limit", "64MiB")
    assert_equal(flow)
