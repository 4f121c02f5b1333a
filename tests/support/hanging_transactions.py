"""Transactions that Kafka has lost sight of, and its operator's way out.

A coordinator that comes back before any partition has a leader takes the ends that it still owes to a transaction's
partitions for owed to deleted ones, and forgets them. Whoever reads committed records stands before such a transaction
for ever: a sink as well as Connect, which reads its offsets so.
"""

import subprocess

from stack.jvm import java

FORGOTTEN = "these partitions are likely deleted already and hence can be skipped"
COMMAND = "org.apache.kafka.tools.TransactionsCommand"
ATTEMPTS = 6  # one per partition, and some that were overtaken


def abort_hanging_transactions(kafka):
    """Of a broker that has just been started. With the offsets free, Connect's next transaction ends what is left by itself."""
    if FORGOTTEN not in kafka.log():
        return
    for _ in range(ATTEMPTS):
        hanging = find_hanging(kafka)
        if not hanging:
            return
        topic, partition, start_offset = hanging[0]
        run(kafka, "abort", "--topic", topic, "--partition", partition, "--start-offset", start_offset)
    assert not find_hanging(kafka), kafka.last_log_lines()


def find_hanging(kafka):
    done = run(kafka, "find-hanging", "--broker-id", "1", "--max-transaction-timeout", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    header, *rows = (line.split() for line in done.stdout.splitlines())
    return [tuple(row[header.index(name)] for name in ("Topic", "Partition", "StartOffset")) for row in rows]


def run(kafka, *arguments):
    argv = java(kafka.context, 128, kafka.context.kafka_jars, COMMAND, "--bootstrap-server", kafka.bootstrap, *arguments)
    return subprocess.run(argv, capture_output=True, text=True, timeout=120)
