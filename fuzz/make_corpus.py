"""Writes each recorded Debezium message as one input of fuzz_debezium: key, a zero byte, value."""
import json
import pathlib
import sys

golden, corpus = map(pathlib.Path, sys.argv[1:3])
corpus.mkdir(parents=True, exist_ok=True)
for recording in sorted(golden.glob("*/messages.ndjson")):
    for number, line in enumerate(recording.read_text().splitlines()):
        message = json.loads(line)
        value = message["value"] or ""
        if len(value) <= 16384:
            (corpus / f"{recording.parent.name}-{number}").write_bytes(f"{message['key'] or ''}\0{value}".encode())
