"""What readers see while pgbench runs: every answer is of one commit of the source, over all four tables."""

import collections
import threading

import pytest
from support import pgbench
from support.control_socket import ControlSocket
from support.sink import wait_until

READERS = 2


class Readers:
    """Ask through the control socket without pause, each in a thread of its own."""

    def __init__(self, flow):
        self.control_ = ControlSocket(flow.target)
        self.answers = collections.Counter()
        self.failure_ = None
        self.end_ = threading.Event()
        self.lock_ = threading.Lock()
        self.threads_ = [threading.Thread(target=self.ask_, daemon=True) for _ in range(READERS)]

    def __enter__(self):
        for thread in self.threads_:
            thread.start()
        return self

    def __exit__(self, *failure):
        self.end_.set()
        for thread in self.threads_:
            thread.join()
        if self.failure_:
            raise self.failure_

    def ask_(self):
        try:
            while not self.end_.is_set():
                answer = tuple(self.control_.ask(pgbench.SUMS)[0])
                with self.lock_:
                    self.answers[answer] += 1
        except Exception as failure:  # noqa: BLE001 - raised by __exit__
            self.failure_ = failure

    def count(self):
        if self.failure_:
            raise self.failure_
        return self.answers.total()

    def assert_whole(self, at_least, different):
        torn = {answer: times for answer, times in self.answers.items() if len(set(answer)) != 1}
        print(f"{self.answers.total()} answers, {len(self.answers)} different, {sum(torn.values())} torn")
        assert not torn, f"{sum(torn.values())} of {self.answers.total()} answers were of no one commit: {list(torn.items())[:5]}"
        assert self.answers.total() >= at_least and len(self.answers) >= different, (self.answers.total(), len(self.answers))


def start(flow, *more):
    flow.start(*more)
    wait_until(lambda: flow.query("select 1 from pgbench_history limit 1") is not None, "the tables are shown")


class Changes:
    """The pipeline's count of changes, watched as long as this lasts."""

    def __init__(self, flow):
        self.control_ = ControlSocket(flow.target)
        self.all = self.largest_step = 0
        self.end_ = threading.Event()
        self.thread_ = threading.Thread(target=self.watch_, daemon=True)

    def __enter__(self):
        self.thread_.start()
        return self

    def __exit__(self, *failure):
        self.end_.set()
        self.thread_.join()

    def watch_(self):
        while not self.end_.wait(0.01):
            changes = self.control_.status()["pipeline"]["changes"]
            self.largest_step = max(self.largest_step, changes - self.all)
            self.all = changes


def follow_live(flow, answers):
    pgbench.initialise(flow)
    start(flow)
    with pgbench.Running(flow, "-c", "4"), Readers(flow) as readers:
        wait_until(lambda: readers.count() >= answers, f"{answers} answers", 3000)
    readers.assert_whole(answers, different=answers // 100)
    flow.catch_up()
    pgbench.assert_equal(flow)


def catch_up_a_backlog(flow, batches, rows, answers):
    """Each of its transactions is a batch of its own, of `rows` changes; behind them come pgbench's small ones."""
    pgbench.initialise(flow, scale=rows // 2 // 100_000 + 1)
    flow.run()
    for _ in range(batches):
        flow.psql(pgbench.MANY_AT_ONCE.format(transfers=rows // 2))
    start(flow, "--batch-rows", str(rows + 100_000), "--batch-bytes", "1GB")
    with Changes(flow) as changes, pgbench.Running(flow, "-c", "2", "--rate", "100"), Readers(flow) as readers:
        wait_until(lambda: readers.count() >= answers and changes.all >= batches * rows, f"{answers} answers and the whole backlog", 3000)
    assert changes.largest_step >= rows, f"the largest batch had {changes.largest_step} changes"
    readers.assert_whole(answers, different=batches)
    flow.catch_up()
    pgbench.assert_equal(flow)


@pytest.fixture
def flow(flow_on, server):
    return flow_on(server, setup="")


def test_live(flow):
    follow_live(flow, answers=500)


def test_batches_of_more_rows_than_a_row_group(flow):
    """DuckDB's row groups are where a commit could be seen in halves: 150,000 rows of each of two tables."""
    catch_up_a_backlog(flow, batches=2, rows=300_000, answers=100)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_live_ten_thousand_answers(flow):
    follow_live(flow, answers=10_000)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_batches_of_half_a_million_changes_ten_thousand_answers(flow):
    catch_up_a_backlog(flow, batches=4, rows=500_000, answers=10_000)
