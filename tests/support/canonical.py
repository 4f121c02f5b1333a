"""One spelling for each value, whether Postgres or DuckDB printed it.

`canonical(type, text)` gives a hashable value that is equal for equal values of that Postgres type and different for
different ones. Arrays are tuples of it.
"""

import json
import re
import struct
from decimal import Decimal, localcontext

TIMESTAMP = re.compile(r"(\d+)-(\d\d)-(\d\d)( \(BC\))?(?:[ T](\d\d):(\d\d):(\d\d)(?:\.(\d+))?)?([+-]\d\d(?::\d\d)?)?( BC)?")
TIME = re.compile(r"(\d\d):(\d\d):(\d\d)(?:\.(\d+))?([+-]\d\d(?::\d\d(?::\d\d)?)?)?")
INTERVAL_UNIT = re.compile(r"([+-]?\d+) (year|mon|month|day)s?")
INTERVAL_TIME = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d)(?:\.(\d+))?")


def number(text):
    text = text.strip()
    if text.lower() in ("nan", "infinity", "-infinity", "inf", "-inf"):
        return {"n": "NaN", "-": "-Infinity"}.get(text.lower()[0], "Infinity")
    value = Decimal(text)
    if not value:
        return "0"
    with localcontext() as context:
        context.prec = 20_000
        sign, digits, exponent = value.normalize().as_tuple()
    return (sign, digits, exponent)


def money(text):
    return number(text.replace("$", "").replace(",", ""))


def float4(text):
    # To the bit, but for the sign of zero: DuckDB stores a column of zeros as one constant. All NaNs are one.
    value = float(text) or 0.0
    return "NaN" if value != value else struct.pack("<f", value)


def float8(text):
    value = float(text) or 0.0
    return "NaN" if value != value else struct.pack("<d", value)


def boolean(text):
    return {"t": True, "true": True, "f": False, "false": False}[text.lower()]


def fraction(text):
    return (text or "").rstrip("0")


def offset(text):
    return (text + ":00" if text and ":" not in text else text) or ""


def moment(text):
    """date, timestamp, timestamptz"""
    if text in ("infinity", "-infinity"):
        return text
    found = TIMESTAMP.fullmatch(text)
    if not found:
        raise ValueError(f"not a date or timestamp: {text}")
    year, month, day, their_era, hour, minute, second, parts, zone, era = found.groups()
    return (bool(era or their_era), int(year), month, day, hour or "00", minute or "00", second or "00", fraction(parts), offset(zone))


def time(text):
    found = TIME.fullmatch(text)
    if not found:
        raise ValueError(f"not a time: {text}")
    hour, minute, second, parts, zone = found.groups()
    return (hour, minute, second, fraction(parts), offset(zone))


def interval(text):
    months = days = micros = 0
    for count, unit in INTERVAL_UNIT.findall(text):
        if unit == "day":
            days += int(count)
        else:
            months += int(count) * (12 if unit == "year" else 1)
    if found := INTERVAL_TIME.search(text):
        sign, hours, minutes, seconds, parts = found.groups()
        micros = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1_000_000 + int((parts or "").ljust(6, "0"))
        micros = -micros if sign == "-" else micros
    return (months, days, micros)


def blob(text):
    return text.lower().removeprefix("\\x")


HSTORE_PAIR = re.compile(r'"((?:[^"\\]|\\.)*)"=>(?:NULL|"((?:[^"\\]|\\.)*)")(?:, )?', re.DOTALL)


def hstore(text):
    """Postgres' own text, or a JSON object."""
    if text.startswith("{"):
        return tuple(sorted(json.loads(text).items()))
    pairs = (found.groups() for found in HSTORE_PAIR.finditer(text))
    return tuple(sorted((unquoted(key), unquoted(value)) for key, value in pairs))


def unquoted(part):
    return None if part is None else re.sub(r"\\(.)", r"\1", part, flags=re.DOTALL)


def same(text):
    return text


CANONICAL = {
    "int2": int, "int4": int, "int8": int, "oid": int, "numeric": number, "money": money, "float4": float4,
    "float8": float8, "bool": boolean, "date": moment, "timestamp": moment, "timestamptz": moment, "time": time,
    "timetz": time, "interval": interval, "bytea": blob, "hstore": hstore,
}


def canonical(type_name, text):
    """type_name: pg_type.typname without domain; an array's element type for its elements."""
    return None if text is None else CANONICAL.get(type_name, same)(text)


def canonical_list(type_name, cells):
    if cells is None or isinstance(cells, str):
        return canonical(type_name, cells)
    return tuple(canonical_list(type_name, cell) for cell in cells)


def parse_array(text, delimiter=","):
    """Postgres' array literal → nested lists of text and None. Lower bounds ("[0:2]={…}") are left out."""
    position = text.index("{")

    def element():
        nonlocal position
        if text[position] == "{":
            return elements()
        if text[position] == '"':
            return quoted_element()
        start = position
        while text[position] not in (delimiter, "}"):
            position += 1
        word = text[start:position]
        return None if word == "NULL" else word

    def quoted_element():
        nonlocal position
        characters = []
        position += 1
        while text[position] != '"':
            if text[position] == "\\":
                position += 1
            characters.append(text[position])
            position += 1
        position += 1
        return "".join(characters)

    def elements():
        nonlocal position
        found = []
        position += 1
        while text[position] != "}":
            found.append(element())
            if text[position] == delimiter:
                position += 1
        position += 1
        return found

    return elements()
