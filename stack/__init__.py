"""The local stack: Postgres, Kafka, Kafka Connect with Debezium, as ordinary processes on 127.0.0.1.

    from stack import Stack

    with Stack(flavour="current") as s:          # a folder of its own under /tmp and free ports; all gone at the end
        s.up()                                   # or s.up("postgres"), s.up("postgres", "kafka"); returns when all answer
        s.postgres.psql("create table t (id int primary key)")
        s.connect.put("users", {...})            # register a connector and wait until its task runs
        s.connect.kill(); s.connect.start()      # crash and come back

Stack(dir=None, flavour="current", ports="free", jvm="quick", postgres=None, postgres_settings={}, fsync=True,
      die_with_parent=False)
    dir                 data folder; None: a temporary one, deleted by down(). Must be open (o+x) to user nobody under root.
    flavour             "current": Kafka 4.3.1 (KRaft), Debezium 3.7.0; "zookeeper": Kafka 3.9.2, ZooKeeper 3.9.4, Debezium 2.6.2
    ports               "free": picked from 15000-30000; "env": those of .env (or .env.example)
    jvm                 "quick": starts fast, small; "throughput": for benchmarks
    postgres            major version; None: POSTGRES_VERSION of .env (15). 18 comes with `scripts/bootstrap stack`, 14, 16, 17 with `full`
    postgres_settings   more lines for postgresql.conf, {"logical_decoding_work_mem": "64kB"}
    die_with_parent     the servers die when the thread that started them does, so a killed test runner leaves none behind

s.up(*components)  s.down(delete=False)  s.status()  s.dir  s.flavour  s.credentials (.user .password .database)
s.postgres  s.kafka  s.connect  s.zookeeper   each with
    .start() .stop() .kill() .restart() .running .pid .port .log_path .memory_mib()
    start() returns when the server answers; stop() is orderly, kill() is SIGKILL; all are no-ops when there is nothing to do
s.postgres.dsn(database=None, host="127.0.0.1")   libpq connection string with user and password (a secret: do not log it)
s.postgres.socket_dir                             folder of the unix socket, for host=
s.postgres.psql(sql, database=None)               runs SQL with psql, returns its output (unaligned, no headers); raises on error
s.kafka.bootstrap                                 "127.0.0.1:PORT"
s.connect.url                                     "http://127.0.0.1:PORT"
s.connect.request(method, path, body=None)        REST call, returns the decoded JSON (None when empty); raises HTTPError
s.connect.put(name, config, wait=True)            registers or changes a connector
s.connect.wait_running(name)   s.connect.delete(name)
s.connect.credentials_file                        for "${file:PATH:POSTGRES_PASSWORD}"; "${env:POSTGRES_PASSWORD}" works too

Everything that goes wrong is a StackError with the server's last log lines in its text.
"""

from stack.core import Stack
from stack.errors import StackError

__all__ = ["Stack", "StackError"]
