"""A seeded stream of changes over keyed tables and one without key, paced by the test."""

import threading

from support import oracle

SETUP = """
create table account (id bigint primary key, owner text not null, balance numeric(14,2) not null, note text);
create table entry (account bigint, number int, amount numeric(14,2), primary key (account, number));
create table audit (kind text, amount numeric(14,2), at timestamptz);
alter table audit replica identity full;
alter table account alter note set storage external;
insert into account select i, 'owner ' || i, i, repeat(md5(i::text), 70) from generate_series(1, 500) i;
"""

TABLES = ("account", "entry", "audit")

# 300 accounts' inserts and 180 updates of them, 20 key changes (two events each), 40 deletes; 200 entries inserted and
# 60 changed; 160 audit rows inserted, 20 removed: one of several equal ones each: 1000 events.
TRANSACTION = """
begin;
select setseed({seed});
insert into account select 1000000 + {n} * 1000 + i, 'owner ' || i, round((random() * 1000)::numeric, 2),
  case when i % 50 = 0 then repeat(md5(random()::text), 70) end from generate_series(1, 300) i;
update account set balance = balance + 1, owner = owner || '.' where id in
  (select id from account order by hashint8(id + {n}) limit 180);
update account set id = id + 1000000000 where id in
  (select id from account where id < 1000000000 order by hashint8(id * 7 + {n}) limit 20);
delete from account where id in (select id from account order by hashint8(id * 3 + {n}) limit 40);
insert into entry select {n}, i, i from generate_series(1, 200) i;
update entry set amount = amount * 2 where account = {n} and number <= 60;
insert into audit select 'kind ' || (i % 4), i % 3, '2024-01-01' from generate_series(1, 160) i;
delete from audit where ctid in (select ctid from audit order by random() limit 20);
commit;
"""


def assert_all_equal(flow):
    rows = {table: oracle.assert_equal(flow.dsn, flow.target, "public", table) for table in TABLES}
    assert all(rows.values()), rows


class Workload:
    """Writes `transactions` of a thousand events each in a thread of its own.

    The writer keeps at most `ahead` transactions ahead of what the test allows: allow(share) lets it go on up to that
    share of the whole, so that there is a stream for as long as the test wants one.
    """

    def __init__(self, flow, seed, transactions=200, ahead=5):
        self.flow_, self.seed_, self.transactions_, self.ahead_ = flow, seed, transactions, ahead
        self.allowed_ = 0
        self.changed_ = threading.Condition()
        self.failure_ = None
        self.thread_ = threading.Thread(target=self.run_, daemon=True)

    def start(self):
        self.thread_.start()
        return self

    def allow(self, share):
        with self.changed_:
            self.allowed_ = max(self.allowed_, share * self.transactions_)
            self.changed_.notify()

    def finish(self):
        self.allow(1)
        self.thread_.join()
        if self.failure_:
            raise self.failure_

    def run_(self):
        try:
            for number in range(1, self.transactions_ + 1):
                with self.changed_:
                    self.changed_.wait_for(lambda: number <= self.allowed_ + self.ahead_)
                seed = ((self.seed_ * 7919 + number) % 1_000_000) / 1_000_000
                self.flow_.psql(TRANSACTION.format(n=number, seed=seed))
        except Exception as failure:  # noqa: BLE001 - raised by finish()
            self.failure_ = failure
