"""docs/conformance.md: what the suites found, type by type. The tests compare it with what they see and, where
PINTAIL_WRITE_CONFORMANCE is set, write it."""

import os
import pathlib
import re

from conformance.suite import CHANGES
from conformance.values import TYPES

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
PATHS = ("pintail run",)
HEADER = f"| type | values | {' | '.join(PATHS)} |"
ROW = re.compile(r"^\| `(.*?)` \| (\d+) \| (.*) \|$", re.M)


def verdict(differing):
    """change → values that differ: "exact", or what is lost."""
    if not any(differing.values()):
        return "exact"
    changes_of = {}
    for change, values in differing.items():
        for value in values:
            changes_of.setdefault(value, []).append(change)
    return "; ".join(value_text(value, changes) for value, changes in sorted(changes_of.items()))


def value_text(value, changes):
    where = "" if set(changes) >= set(CHANGES) - {"delete"} else f" ({', '.join(changes)})"
    return f"{escaped(value)}{where}"


def escaped(text):
    return re.sub(r"\s", " ", text).replace("|", "\\|").replace("`", "'")


def written():
    """type → its cells of the page, by path."""
    return {sql: dict(zip(PATHS, re.split(r"(?<!\\) \| ", cells))) for sql, _, cells in ROW.findall(PAGE.read_text())} if PAGE.exists() else {}


def check(path, verdicts):
    """`verdicts`: type → verdict()."""
    page = written()
    if os.environ.get("PINTAIL_WRITE_CONFORMANCE"):
        write({kind.sql: page.get(kind.sql, {}) | ({path: verdicts[kind.sql]} if kind.sql in verdicts else {}) for kind in TYPES})
        return
    wrong = [f"{sql}: seen '{seen}', the page says '{page.get(sql, {}).get(path)}'" for sql, seen in verdicts.items()
             if page.get(sql, {}).get(path) != seen]
    assert not wrong, f"docs/conformance.md, {path}:\n" + "\n".join(wrong)
    assert set(page) == {kind.sql for kind in TYPES}, "docs/conformance.md has other types than tests/conformance/values.py"


def write(page):
    text = PAGE.read_text() if PAGE.exists() else HEADER + "\n"
    rows = [f"| `{kind.sql}` | {len(kind.values)} | {' | '.join(page[kind.sql].get(path, 'not tried') for path in PATHS)} |" for kind in TYPES]
    PAGE.write_text(text[: text.index(HEADER)] + "\n".join([HEADER, "|" + "---|" * (2 + len(PATHS)), *rows]) + "\n")
