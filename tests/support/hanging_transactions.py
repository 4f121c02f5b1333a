"""Transactions that Kafka has lost sight of, and its operator's way out.

A coordinator that comes back before any partition has a leader takes the ends that it still owes to a transaction's
partitions for owed to deleted ones, and forgets them. Whoever reads committed records stands before such a transaction
for ever: a sink as well as Connect, which reads its offsets so.
"""

import subprocess

from stack.jvm import java

FORGOTTEN = "these partitions are likely deleted already and hence can be skipped"
COMMAND = "org.apache.kafka.tools.TransactionsCommand"


def abort_hanging_transactions(kafka):
    """Of a broker that has just been started."""
    if FORGOTTEN not in kafka.log():
        return
    for topic, partition, start_offset in find_hanging(kafka):
        run(kafka, "abort", "--topic", topic, "--partition", partition, "--start-offset", start_offset)


def find_hanging(kafka):
    header, *rows = (line.split() for line in run(kafka, "find-hanging", "--broker-id", "1", "--max-transaction-timeout", "0").splitlines())
    return [(row[header.index("Topic")], row[header.index("Partition")], row[header.index("StartOffset")]) for row in rows]


def run(kafka, *arguments):
    argv = java(kafka.context, 128, kafka.context.kafka_jars, COMMAND, "--bootstrap-server", kafka.bootstrap, *arguments)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
    return done.stdout
