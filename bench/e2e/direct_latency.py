"""How long after a commit of pgbench its row of pgbench_history is queryable, at a steady rate.

Commit: the server's own commit timestamp. Queryable: the moment at which the answer of a query through the control socket
counts the row; the query is asked again and again, so the time between two of them is part of every figure, too. Rows are
counted in the order of their commits, in which pintail applies them.
"""

import subprocess

import direct
import measure
import running
from stack.postgres import server_programs

WARM_UP_SECONDS = 3  # not counted: connections are made, plans are cached
COPY_SECONDS = 600   # the most that the first copy may take
NAME = "bench_pgbench"
CONSISTENT = """select count(*), (select sum(abalance) from public.pgbench_accounts), (select sum(bbalance) from public.pgbench_branches),
    (select sum(tbalance) from public.pgbench_tellers), sum(delta) from public.pgbench_history"""


def pgbench(arena, *more):
    """The program: Debian has it beside the server."""
    argv, environment = direct.client(arena, "pgbench", "tcp")
    argv = [server_programs("15") / "pgbench", *argv[1:argv.index("-d")], *more, argv[-1]]
    return argv, environment


def make_tables(arena, scale):
    argv, environment = pgbench(arena, "--initialize", "--quiet", "--scale", scale)
    measure.run(argv, arena.log("pgbench-init"), environment)
    arena.stack.postgres.psql("alter table pgbench_history replica identity full")


def drop_tables(arena):
    arena.stack.postgres.psql("drop table pgbench_accounts, pgbench_branches, pgbench_tellers, pgbench_history")


def start_load(arena, rate, seconds):
    argv, environment = pgbench(arena, "--no-vacuum", "--client=4", "--jobs=1", f"--rate={rate}", f"--time={seconds}")
    with open(arena.log("pgbench"), "wb") as log:
        return subprocess.Popen(list(map(str, argv)), env=environment, stdout=log, stderr=log)


def commit_times(arena):
    """In the order of the commits, in seconds since 1970."""
    answer = arena.stack.postgres.psql("select (extract(epoch from pg_xact_commit_timestamp(xmin)) * 1e6)::bigint "
                                       "from pgbench_history order by 1")
    return [int(line) / 1e6 for line in answer.splitlines()]


def history_rows_when_ended(arena, load):
    """The goal of running.watch(): asked of the server once."""
    known = []

    def goal():
        if not known and load.poll() is not None:
            if load.returncode:
                raise measure.BenchError(f"pgbench ended with {load.returncode}: {measure.tail(arena.log('pgbench'))}")
            known.append(int(arena.stack.postgres.psql("select count(*) from pgbench_history")))
        return known[0] if known else None

    return goal


def check(arena, run):
    """The sums that pgbench keeps equal, at source and target."""
    source = arena.stack.postgres.psql(CONSISTENT).split("|")
    target = run.ask(CONSISTENT)
    if list(map(str, target)) != source or len(set(source[1:])) != 1:
        raise measure.BenchError(f"latency: the target says {target}, the source {source}")


def measured(arena, run, rate, seconds):
    load = start_load(arena, rate, seconds + WARM_UP_SECONDS)
    try:
        seen, queries = running.watch(run.socket, "select count(*) from public.pgbench_history", history_rows_when_ended(arena, load))
    finally:
        load.kill()
        load.wait()
    check(arena, run)
    committed = commit_times(arena)
    counted = [(s - c) * 1000 for s, c in zip(seen, committed) if c > committed[0] + WARM_UP_SECONDS]
    rate_seen = len(committed) / (committed[-1] - committed[0])
    return running.summary(counted) | {"rate": round(rate_seen), "seconds": seconds, "queries": queries}


def run(arena, scale, rate, seconds):
    make_tables(arena, scale)
    target = arena.fresh_target("pgbench")
    argv, environment = direct.run_command(arena, target, "tcp", "--slot", NAME, "--publication", NAME, "--tables", "public.pgbench_*")
    pintail = running.Running(argv, environment, target, arena.log("pgbench-run"))
    try:
        running.wait_for("the control socket", pintail.listening)
        running.wait_for("the first copy", lambda: pintail.ask("select count(*) from public.pgbench_accounts"), COPY_SECONDS)
        figures = measured(arena, pintail, rate, seconds)
    finally:
        usage = pintail.stop()
    arena.stack.postgres.psql(f"select pg_drop_replication_slot('{NAME}'); drop publication {NAME}")
    drop_tables(arena)
    return figures | {"scale": scale, "cpu_seconds": round(usage.cpu_seconds, 2), "peak_rss_mib": round(usage.peak_rss_mib)}
