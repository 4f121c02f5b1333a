"""pgbench against a flow's database: its four tables, the one without a key (pgbench_history) followed through REPLICA IDENTITY FULL."""

import os
import pathlib
import subprocess
import threading
import time

from support import oracle

TABLES = ("pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history")

# The same at every commit of the source.
SUMS = ("select coalesce((select sum(abalance) from pgbench_accounts), 0)::bigint, coalesce((select sum(bbalance) from pgbench_branches), 0)::bigint, "
        "coalesce((select sum(tbalance) from pgbench_tellers), 0)::bigint, coalesce((select sum(delta) from pgbench_history), 0)::bigint")

# What many of pgbench's transactions do, in one: 2 × `transfers` changes and a few.
MANY_AT_ONCE = """
begin;
create temp table moved on commit drop as
  select i as aid, 1 + i % (select count(*) from pgbench_tellers) as tid, (random() * 10000)::int - 5000 as delta
  from generate_series(1, {transfers}) i;
update pgbench_accounts a set abalance = abalance + m.delta from moved m where m.aid = a.aid;
update pgbench_tellers t set tbalance = tbalance + m.delta from (select tid, sum(delta) as delta from moved group by tid) m where m.tid = t.tid;
update pgbench_branches b set bbalance = bbalance + m.delta
  from (select bid, sum(delta) as delta from moved join pgbench_tellers using (tid) group by bid) m where m.bid = b.bid;
insert into pgbench_history (tid, bid, aid, delta, mtime) select tid, bid, aid, delta, now() from moved join pgbench_tellers using (tid);
commit;
"""


def program():
    return str(sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pgbench"))[-1])


def command(flow, *arguments):
    server = flow.stack.postgres
    return [program(), "-h", str(server.socket_dir), "-p", str(server.port), "-U", flow.stack.credentials.user, *arguments, flow.id]


def environment(flow):
    return {"PGPASSWORD": flow.stack.credentials.password, "PATH": os.environ["PATH"]}


def pgbench(flow, *arguments):
    done = subprocess.run(command(flow, *arguments), cwd=flow.folder, env=environment(flow), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def initialise(flow, scale=1):
    pgbench(flow, "-i", "-q", "-s", str(scale))
    flow.psql("alter table pgbench_history replica identity full")


def assert_equal(flow):
    """Table by table, no key twice; and that there was something to compare."""
    rows = {table: oracle.assert_equal(flow.dsn, flow.target, "public", table) for table in TABLES}
    assert all(rows.values()), rows
    return rows


class Running:
    """pgbench in the background as long as this lasts; one whose server goes away is started again."""

    def __init__(self, flow, *arguments):
        self.flow_ = flow
        self.argv_ = command(flow, "-n", "-T", "36000", *arguments)
        self.end_ = threading.Event()
        self.process_ = None
        self.thread_ = threading.Thread(target=self.run_, daemon=True)

    def __enter__(self):
        self.thread_.start()
        return self

    def __exit__(self, *failure):
        self.end_.set()
        self.thread_.join()

    def run_(self):
        with open(self.flow_.folder / "pgbench.log", "ab") as log:
            while not self.end_.is_set():
                self.process_ = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self.argv_], cwd=self.flow_.folder,
                                                 env=environment(self.flow_), stdout=log, stderr=log)
                while self.process_.poll() is None and not self.end_.wait(0.05):
                    pass
                self.process_.kill()
                self.process_.wait()
                time.sleep(0.05)
