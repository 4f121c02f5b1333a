"""scanner_copy.py TARGET TABLE THREADS: CREATE TABLE AS of a Postgres table by DuckDB's own postgres_scanner.

BENCH_DSN says where the server is. Every thread has a connection of its own. Prints one line of JSON; the time is from
ATTACH until the file is closed, without Python's start.
"""

import importlib.metadata
import json
import os
import sys
import time

import duckdb

PACKAGE = "duckdb-extension-postgres-scanner"


def extension_path():
    distribution = importlib.metadata.distribution(PACKAGE)
    return next(str(distribution.locate_file(file)) for file in distribution.files if file.name.endswith(".duckdb_extension"))


def main():
    path, table, threads = sys.argv[1:]
    target = duckdb.connect(path, config={"threads": threads})
    target.execute(f"load '{extension_path()}'")
    began = time.monotonic()
    dsn = os.environ["BENCH_DSN"].replace("'", "''")
    target.execute(f"attach '{dsn}' as source (type postgres, read_only)")
    name = table.split(".")[1]
    (rows,) = target.execute(f"create table {name} as select * from source.{table}").fetchone()
    target.close()
    print(json.dumps({"events": rows, "stream_seconds": round(time.monotonic() - began, 4)}))


if __name__ == "__main__":
    main()
