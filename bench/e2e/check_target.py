"""check_target.py TARGET TABLE: the checksums of a table in a DuckDB file, as one line of JSON."""

import json
import sys

import duckdb

import workload


def main():
    path, table = sys.argv[1:]
    with duckdb.connect(path, read_only=True) as target:
        row = target.execute(workload.CHECKSUMS["duckdb"].format(rows=table)).fetchone()
    print(json.dumps([int(value or 0) for value in row]))


if __name__ == "__main__":
    main()
