"""Commits that are written and sent, and that the server does not show: no synchronous standby confirms them."""

import contextlib
import threading
import time

NOBODY = "nobody_stands_by"


@contextlib.contextmanager
def held_commit(flow, sql):
    """Runs the SQL; its commit is written, and nobody sees it before the block's end."""
    writer = threading.Thread(target=flow.psql, args=[sql])
    try:
        with standby_away(flow.stack.postgres):
            writer.start()
            await_waiting_commit(flow.stack.postgres)
            yield
    finally:
        writer.join()


@contextlib.contextmanager
def standby_away(postgres):
    configure(postgres, f"alter system set synchronous_standby_names = '{NOBODY}'")
    try:
        yield
    finally:
        configure(postgres, "alter system reset synchronous_standby_names")


def configure(postgres, sql):
    postgres.psql(sql, "postgres")
    postgres.psql("select pg_reload_conf()", "postgres")


def await_waiting_commit(postgres):
    deadline = time.monotonic() + 60
    while postgres.psql("select count(*) from pg_stat_activity where wait_event = 'SyncRep'", "postgres") == "0":
        assert time.monotonic() < deadline, "no commit waits for a standby"
        time.sleep(0.02)
