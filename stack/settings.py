"""Settings of the checkout: .env and .credentials, each falling back to its .example file."""

import os
import pathlib
from dataclasses import dataclass, field

from stack.errors import StackError

ROOT = pathlib.Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Credentials:
    user: str
    password: str = field(repr=False)
    database: str


def read_env_file(path):
    values = {}
    for line in path.read_text().splitlines():
        line = line.strip()
        if line and not line.startswith("#") and "=" in line:
            key, value = line.split("=", 1)
            values[key.removeprefix("export ").strip()] = value.strip().strip("\"'")
    return values


def read_layers(name):
    """The example's values, overridden by those of the real file."""
    values = {}
    for path in (ROOT / f"{name}.example", ROOT / name):
        if path.is_file():
            values |= read_env_file(path)
    return values


def settings():
    values = read_layers(".env")
    return values | {key: os.environ[key] for key in values if key in os.environ}


def credentials():
    values = read_layers(".credentials")
    missing = [key for key in ("POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB") if not values.get(key)]
    if missing:
        raise StackError(f"{', '.join(missing)} missing: copy .credentials.example to .credentials and fill it in")
    return Credentials(values["POSTGRES_USER"], values["POSTGRES_PASSWORD"], values["POSTGRES_DB"])
