"""One transaction of millions of rows: it arrives whole, nothing of it is seen before, and memory stays flat.

Both ways of the server: as it runs (more than logical_decoding_work_mem: pintail keeps it in its spool), and all at its commit.
"""

import collections
import pathlib
import re
import threading
import time

import pytest
from support.control_socket import ControlSocket
from support.sink import wait_until

MIB = 1 << 20
MOST_MEMORY = 1024 * MIB
SETUP = "create table big (id bigint primary key, v int, note text); create table marker (id int primary key, rows bigint); insert into marker values (1, 0)"
SUMS = "select count(*), count(distinct id), sum(id)::bigint, sum(v)::bigint, sum(length(note))::bigint, min(note), max(note) from big"
WORK_MEM = {"as it runs": "64kB", "at its commit": "16GB"}


def transaction(rows):
    return f"""
        begin;
        insert into big select i, i % 1000, 'note ' || i from generate_series(1, {rows}) i;
        update big set v = v + 1 where id % 1000 = 0;
        update marker set rows = {rows};
        commit;"""


def peak_memory(pid):
    """In bytes, since the process began."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) << 10


class Watch:
    """What a reader sees, and how much lies in the spool, for as long as this lasts."""

    def __init__(self, flow):
        self.control_, self.spool_ = ControlSocket(flow.target), flow.target.with_name(flow.target.name + ".spool")
        self.answers, self.spooled, self.failure_ = collections.Counter(), 0, None
        self.end_ = threading.Event()
        self.thread_ = threading.Thread(target=self.run_, daemon=True)

    def __enter__(self):
        self.thread_.start()
        return self

    def __exit__(self, *failure):
        self.end_.set()
        self.thread_.join()
        if self.failure_:
            raise self.failure_

    def run_(self):
        try:
            while not self.end_.wait(0.005):
                self.answers[tuple(self.control_.ask("select (select count(*) from big), (select rows from marker)")[0])] += 1
                self.spooled = max(self.spooled, sum(size_of(path) for path in self.spool_.glob("*")))
        except Exception as failure:  # noqa: BLE001 - raised by __exit__
            self.failure_ = failure


def size_of(path):
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def arrives_whole(flow, rows, way):
    flow.start()
    wait_until(lambda: flow.query("select 1 from marker"), "the first copy is shown")
    began = time.monotonic()
    with Watch(flow) as watch:
        flow.psql(transaction(rows))
        committed = time.monotonic()
        wait_until(lambda: (str(rows), str(rows)) in watch.answers or not flow.live.alive, "the transaction arrives", 3000)
        arrived = time.monotonic()
    memory = peak_memory(flow.live.pid)
    print(f"\n{rows} rows {way}: committed after {committed - began:.1f} s, there {arrived - committed:.1f} s later; "
          f"{watch.answers.total()} answers; peak memory {memory / MIB:.0f} MiB; spooled {watch.spooled / MIB:.0f} MiB")
    assert set(watch.answers) == {("0", "0"), (str(rows), str(rows))}, watch.answers
    assert (watch.spooled > 0) == (way == "as it runs"), f"spooled: {watch.spooled} bytes"
    assert memory < MOST_MEMORY, f"{memory / MIB:.0f} MiB"
    assert [flow.psql(SUMS)] == ["|".join(row) for row in ControlSocket(flow.target).ask(SUMS)]
    flow.stop()


@pytest.mark.parametrize("way", WORK_MEM)
@pytest.mark.parametrize("rows", [300_000, pytest.param(10_000_000, marks=[pytest.mark.long, pytest.mark.timeout(3600)])])
def test_arrives_whole(own, flow_on, rows, way):
    arrives_whole(flow_on(own(logical_decoding_work_mem=WORK_MEM[way]), SETUP), rows, way)
