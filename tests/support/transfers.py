"""Money that moves between tables: the sum over all of them is the same at every commit of the source."""

import contextlib
import random
import threading

import psycopg

from support.sink import wait_until


def filled(table, rows, more=""):
    """SQL for a table of `rows` rows; their width is what keeps a copy from being over at once: the queue takes 48 MiB."""
    return (f"create table {table} (id int primary key, v bigint, note text);"
            f"insert into {table} select i, 1000, repeat(md5(i::text), 50) from generate_series(1, {rows}) i;{more}")


def is_copied(flow, table):
    """Rows of its copy have come, and it is not whole."""
    entry = flow.status_of(f"public.{table}")
    return entry is not None and entry["snapshot_open"] and entry["rows"] > 0


@contextlib.contextmanager
def held_copy(flow, big, last):
    """While this lasts, a copy over one connection that has begun with `big` cannot get at `last`, and not end."""
    with psycopg.connect(flow.dsn) as source:
        flow.live.wait_for_log(" tables as of ")  # what the target holds of an earlier run's copy is no sign
        wait_until(lambda: is_copied(flow, big), f"rows of {big} have come")
        # Not sooner: the copy's slot would wait for this transaction.
        source.execute(f"lock table {last} in access exclusive mode nowait")
        yield


class Transfers:
    """Transfers between random rows of the tables, one transaction each, in a thread of its own until stop().

    Every table has (id int primary key, v bigint, …) with ids from 1 to `rows`. `pause`: seconds between two of them, where
    a run with small batches could not keep up with as many as the server takes.
    """

    def __init__(self, dsn, tables, rows, seed, pause=0.0):
        self.dsn_, self.tables_, self.rows_ = dsn, list(tables), rows
        self.pause_ = pause
        self.random_ = random.Random(seed)
        self.end_ = threading.Event()
        self.committed = 0
        self.failure_ = None
        self.thread_ = threading.Thread(target=self.run_, daemon=True)

    def __enter__(self):
        self.thread_.start()
        return self

    def __exit__(self, *failure):
        self.stop()

    def stop(self):
        self.end_.set()
        self.thread_.join()
        if self.failure_:
            raise self.failure_

    def run_(self):
        try:
            with psycopg.connect(self.dsn_) as source:
                while not self.end_.wait(self.pause_):
                    amount = self.random_.randint(1, 1000)
                    # In one order of the tables, so that several of these never wait for each other in a circle.
                    pair = sorted(self.random_.sample(self.tables_, 2))
                    for table, change in zip(pair, (-amount, amount)):
                        source.execute(f"update {table} set v = v + %s where id = %s", (change, self.random_.randint(1, self.rows_)))
                    source.commit()
                    self.committed += 1
        except Exception as failure:  # noqa: BLE001 - raised by stop()
            self.failure_ = failure
