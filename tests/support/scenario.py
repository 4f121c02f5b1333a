"""The text form of scenarios (tests/scenario/README.md): parsing only."""

import itertools
import json
import re
from dataclasses import dataclass, field

# name -> (values when a scenario says nothing, all values)
MATRIX = {
    "path": (["kafka", "direct"], ["kafka", "direct"]),
    "flavour": (["current"], ["current", "zookeeper"]),
    "schemas": (["on"], ["on", "off"]),
    "sink": (["end"], ["end", "live"]),
    "batch-rows": (["default"], None),  # any number
    "mode": (["mirror"], ["mirror", "soft-delete", "history"]),
}

STEPS = re.compile(r"(?:on (kafka|direct) )?(setup|source|wait|equal|expect|history|copies|disconnect|connect|topic|sink)\b(.*)")


class ScenarioError(Exception):
    pass


@dataclass
class Step:
    kind: str
    argument: str
    block: str
    line: int
    path: str | None  # only on this one


@dataclass
class Scenario:
    name: str
    matrix: dict = field(default_factory=lambda: {key: list(default) for key, (default, _) in MATRIX.items()})
    path_reason: str = ""  # why not over the paths that the matrix lacks
    sink_flags: str = ""
    oldest_postgres: int = 0
    connector: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)

    def variants(self):
        keys = list(self.matrix)
        for chosen in itertools.product(*self.matrix.values()):
            variant = dict(zip(keys, chosen))
            # Flavour and schemas are Kafka's: over the direct path they change nothing. Another mode than the file's first
            # changes nothing about them, nor about when the sink runs.
            fixed = set() if variant["path"] == "kafka" else {"flavour", "schemas"}
            if variant["mode"] != self.matrix["mode"][0]:
                fixed |= {"flavour", "schemas", "sink"}
            if all(variant[key] == self.matrix[key][0] for key in fixed):
                yield variant


def parse(name, text):
    scenario = Scenario(name)
    lines = text.splitlines()
    position = 0
    while position < len(lines):
        line, number = lines[position].rstrip(), position + 1
        position += 1
        if not line or line.startswith("#"):
            continue
        if line[0] == " ":
            raise ScenarioError(f"{name}:{number}: an indented line without a step above it")
        block = []
        while position < len(lines) and (not lines[position].strip() or lines[position][0] == " "):
            block.append(lines[position].removeprefix("  "))
            position += 1
        add_line(scenario, line, "\n".join(block).rstrip(), number)
    if not any(step.kind in ("equal", "expect", "history", "copies", "sink") for step in scenario.steps):
        raise ScenarioError(f"{name}: nothing is checked: no equal, expect or sink fails")
    return scenario


def add_line(scenario, line, block, number):
    where = f"{scenario.name}:{number}"
    if line.startswith("option "):
        add_option(scenario, line.split(None, 2)[1:], where)
        return
    found = STEPS.fullmatch(line.rstrip(":"))
    if not found:
        raise ScenarioError(f"{where}: not a step: {line}")
    path, kind, argument = found[1], found[2], found[3].strip()
    wants_block = kind in ("setup", "source", "expect", "history") and not argument.startswith("file ")
    if wants_block != bool(block.strip()):
        raise ScenarioError(f"{where}: {kind} {'needs' if wants_block else 'takes no'} indented block")
    scenario.steps.append(Step(kind, argument, block, number, path))


def add_option(scenario, words, where):
    name, rest = words[0], words[1] if len(words) > 1 else ""
    if name in MATRIX:
        values, _, reason = rest.partition(" because ")
        chosen, allowed = values.split(), MATRIX[name][1]
        if not chosen or (allowed and set(chosen) - set(allowed)):
            raise ScenarioError(f"{where}: {name} takes some of {', '.join(allowed or ['numbers'])}")
        scenario.matrix[name] = chosen
        if name == "path":
            scenario.path_reason = reason.strip()
    elif name == "connector":
        key, _, value = rest.partition("=")
        scenario.connector[key.strip()] = value.strip()
    elif name == "oldest-postgres":
        scenario.oldest_postgres = int(rest)
    elif name == "sink-flags":
        scenario.sink_flags = rest
    else:
        raise ScenarioError(f"{where}: no such option: {name}")


NAME_PART = re.compile(r'"((?:[^"]|"")+)"|([^".\s]+)')


def table_name(text):
    """public.users or "My Schema"."users" → (schema, table)."""
    parts = [quoted.replace('""', '"') or plain for quoted, plain in NAME_PART.findall(text)]
    if len(parts) != 2:
        raise ScenarioError(f"not a schema.table: {text}")
    return tuple(parts)


def split_words(text):
    """Words separated by blanks; blanks inside double quotes do not count."""
    return re.findall(r'(?:"(?:[^"]|"")*"|[^\s"])+', text)


def cell(text):
    """A cell of an expect block: NULL, a JSON string in double quotes, or the text itself."""
    text = text.strip()
    if text == "NULL":
        return None
    return json.loads(text) if text.startswith('"') else text


def rows_of(block):
    """The header and the rows of an expect block."""
    lines = [line for line in block.splitlines() if line.strip()]
    header = [name.strip() for name in lines[0].split("|")]
    rows = [tuple(cell(part) for part in re.split(r" \| ", line.strip())) for line in lines[1:]]
    for row in rows:
        if len(row) != len(header):
            raise ScenarioError(f"a row of {len(row)} cells under a header of {len(header)}: {row}")
    return header, rows
