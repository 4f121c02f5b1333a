"""A Postgres server of a test's own: with its settings, its pg_hba.conf, and no fear of stopping it."""

import contextlib
import subprocess

from stack import Stack


@contextlib.contextmanager
def own_postgres(folder, version=None, **settings):
    """The stack of one running server in that folder; gone at the end."""
    with Stack(folder, postgres=version, postgres_settings=settings, die_with_parent=True, fsync=False) as stack:
        try:
            yield stack.up("postgres")
        finally:
            stack.down(delete=True)


def only_connections(stack, *lines):
    """pg_hba.conf anew, in force at once."""
    stack.context.account.write(stack.postgres.data / "pg_hba.conf", "".join(f"{line}\n" for line in lines))
    stack.postgres.psql("select pg_reload_conf()", "postgres")


def write_log(stack, megabytes):
    """Log that no table of a flow is in: in a database of its own."""
    stack.postgres.psql(f"select pg_logical_emit_message(false, 'filler', repeat('x', 1000000)) from generate_series(1, {megabytes})", "postgres")


@contextlib.contextmanager
def copy_of(primary, folder, follows=True, **settings):
    """Another server from a copy of the stopped primary's files: its standby, or (follows=False) one that hears nothing of it."""
    major = primary.postgres.major
    primary.postgres.stop()
    folder.mkdir()
    subprocess.run(["cp", "-a", str(primary.postgres.data), str(folder / "postgres")], check=True)
    primary.postgres.start()
    if follows:
        who = primary.credentials
        settings["primary_conninfo"] = (f"host=127.0.0.1 port={primary.postgres.port} user={who.user} password={who.password} "
                                        f"dbname={who.database}")
    with Stack(folder, postgres=major, postgres_settings=primary.postgres.settings_ | settings, die_with_parent=True, fsync=False) as stack:
        stack.context.account.write(folder / "postgres" / "standby.signal", "")
        try:
            yield stack.up("postgres")
        finally:
            stack.down(delete=True)
