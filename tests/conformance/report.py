"""docs/conformance.md: what the suites found, type by type. The tests compare it with what they see and, where
PINTAIL_WRITE_CONFORMANCE is set, write it."""

import os
import pathlib
import re

from conformance.suite import AS_BLOB, AS_BOOLEAN, AS_DIGITS, AS_JSON, CHANGES, WITHOUT_KEY
from conformance.values import TYPES

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "conformance.md"
PATHS = ("pintail run", "Debezium", "no schemas", "coarse modes", "fine modes", "time in microseconds", "microseconds", "nanoseconds",
         "Debezium 2.6", "2.6, no schemas")
NO_LOSS = (AS_BOOLEAN, AS_BLOB, AS_DIGITS, AS_JSON)
TITLES = "| type | values | "
HEADER = f"{TITLES}{' | '.join(PATHS)} |"
ROW = re.compile(r"^\| `(.*?)` \| (\d+) \| (.*) \|$", re.M)


def verdict(differing, values=(), owner="", stops=()):
    """`differing`: change → values that differ → what became of them. "exact", or what is lost and whose loss it is.
    `stops`: values that were left out since they stop the path."""
    parts = [f"stops: {listed(stops)}"] if stops else []
    losses = by_outcome(differing)
    parts += [outcome_text(outcome, lost, values) for outcome, lost in losses.items()]
    if not parts:
        return "exact"
    is_loss = bool(stops) or any(outcome not in NO_LOSS for outcome in losses)
    return (f"{owner}: " if is_loss and owner else "") + "; ".join(parts)


def by_outcome(differing):
    """Outcome → value → changes. What tables without key show is named only where those with a key show nothing."""
    with_key = {change: outcomes for change, outcomes in differing.items() if change != WITHOUT_KEY}
    found = {}
    for change, outcomes in (with_key if any(with_key.values()) else differing).items():
        for value, outcome in outcomes.items():
            found.setdefault(outcome, {}).setdefault(value, []).append(change)
    return found


def outcome_text(outcome, changes_of, values):
    """`values`: all of the type."""
    by_where = {}
    for value, changes in changes_of.items():
        by_where.setdefault(where_text(changes), []).append(value)
    return "; ".join(f"{outcome}{where}{'' if set(lost) >= set(values) else ': ' + listed(lost)}" for where, lost in by_where.items())


def where_text(changes):
    # Not every update is tried: some wait behind a snapshot's row in quarantine.
    everywhere = set(changes) >= set(CHANGES) - {"delete", "update"}
    return "" if everywhere else f" ({', '.join(changes)})"


def listed(values):
    return ", ".join(dict.fromkeys(escaped(short(value)) for value in values))


def short(value):
    """An array's value by what is odd about it."""
    if value.startswith("array[["):
        return "two dimensions"
    if value.startswith("array_fill"):
        return "first index 0"
    value = re.sub(r"::[a-z_ ]+(\(\d+(,\d+)?\))?(\[\])?", "", value)
    return re.sub(r"^'(.*)'$", r"\1", value.removeprefix("array"))


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
    text = PAGE.read_text() if PAGE.exists() else TITLES
    rows = [f"| `{kind.sql}` | {len(kind.values)} | {' | '.join(page[kind.sql].get(path, 'not tried') for path in PATHS)} |" for kind in TYPES]
    PAGE.write_text(text[: text.index(TITLES)] + "\n".join([HEADER, "|" + "---|" * (2 + len(PATHS)), *rows]) + "\n")
