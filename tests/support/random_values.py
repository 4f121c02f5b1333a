"""Types for random tables, and literals of them: ordinary values, and now and then the odd ones of the type."""

import json
from dataclasses import dataclass
from hashlib import md5


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def numbers(low, high, *odd):
    return lambda rng: str(rng.choice(odd)) if odd and rng.random() < 0.1 else str(rng.randint(low, high))


def texts(longest, alphabet="abc 'ä\\\"€\n,{}"):
    return lambda rng: quoted("".join(rng.choice(alphabet) for _ in range(rng.randint(0, longest))))


def large(rng):
    """Now and then beyond what a row holds itself, so that updates leave it out as unchanged TOAST."""
    if rng.random() < 0.7:
        return texts(12)(rng)
    salt, parts = rng.randint(0, 10**6), rng.randint(80, 400)
    return quoted("".join(md5(f"{salt}{part}".encode()).hexdigest() for part in range(parts)))  # does not compress


def decimals(digits, scale, *odd):
    def literal(rng):
        if odd and rng.random() < 0.1:
            return quoted(rng.choice(odd))
        return f"{rng.randint(-10**(digits - scale) + 1, 10**(digits - scale) - 1)}.{rng.randint(0, 10**scale - 1):0{scale}d}"
    return literal


def floats(rng):
    return quoted(rng.choice(["NaN", "Infinity", "-Infinity", "0", "1e-300", "1e300"]) if rng.random() < 0.1 else repr(rng.uniform(-1e6, 1e6)))


def small_floats(rng):
    return quoted(rng.choice(["NaN", "Infinity", "1e-30"]) if rng.random() < 0.1 else f"{rng.uniform(-1e6, 1e6):.3f}")


def dates(rng):
    if rng.random() < 0.1:
        return quoted(rng.choice(["infinity", "-infinity", "4713-01-01 BC", "5874897-12-31"]))
    return quoted(f"{rng.randint(1900, 2100)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}")


def moments(zone):
    def literal(rng):
        if rng.random() < 0.1:
            return quoted(rng.choice(["infinity", "-infinity", "4713-01-02 00:00:00 BC", "294246-12-31 23:59:59.999999"]))
        clock = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}.{rng.randint(0, 999999):06d}"
        return quoted(f"{rng.randint(1900, 2100)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d} {clock}{zone(rng)}")
    return literal


def clocks(zone):
    return lambda rng: quoted(rng.choice(["00:00:00", "24:00:00"]) + zone(rng) if rng.random() < 0.1 else
                              f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}.{rng.randint(0, 999999):06d}{zone(rng)}")


def no_zone(_):
    return ""


def any_zone(rng):
    return rng.choice(["+00", "-08", "+05:30", "+13:45"])


def intervals(rng):
    return quoted(f"{rng.randint(-30, 30)} years {rng.randint(-11, 11)} mons {rng.randint(-400, 400)} days {rng.randint(-10**6, 10**6)}.{rng.randint(0, 999999):06d} secs")


def uuids(rng):
    return quoted(f"{rng.getrandbits(128):032x}")


def bytes_(rng):
    return quoted("\\x" + rng.randbytes(rng.randint(0, 40)).hex()) + "::bytea"


def bits(shortest, longest):
    return lambda rng: "b" + quoted("".join(rng.choice("01") for _ in range(rng.randint(shortest, longest))))


def documents(rng):
    return quoted(json.dumps({"a": rng.randint(0, 9), "b": [None, "x'\u20ac\n", {"c": rng.random()}], rng.choice("cde"): "\\"}))


def lists(element, type_name):
    def literal(rng):
        cells = [("null" if rng.random() < 0.2 else element(rng)) for _ in range(rng.randint(0, 5))]
        return f"array[{', '.join(cells)}]::{type_name}[]"
    return literal


def labels(rng):
    return quoted(rng.choice(["sad", "ok", "happy 'n glad"]))


@dataclass(frozen=True)
class RandomType:
    name: str
    literal: object  # random.Random -> SQL
    wider: tuple = ()  # types that a column of this one can be altered to without loss


TYPES = {type_.name: type_ for type_ in (
    RandomType("smallint", numbers(-32768, 32767), ("integer", "bigint")),
    RandomType("integer", numbers(-2**31, 2**31 - 1), ("bigint",)),
    RandomType("bigint", numbers(-2**62, 2**62, 2**63 - 1, -2**63 + 1)),
    RandomType("numeric(12,3)", decimals(12, 3), ("numeric(20,6)",)),
    RandomType("numeric(20,6)", decimals(20, 6)),
    RandomType("numeric", decimals(50, 9, "NaN", "1e-50", "-1e60")),
    RandomType("text", large),
    RandomType("varchar(12)", texts(12), ("text", "varchar(40)")),
    RandomType("varchar(40)", texts(40), ("text",)),
    RandomType("boolean", lambda rng: rng.choice(["true", "false"])),
    RandomType("real", small_floats),
    RandomType("double precision", floats),
    RandomType("date", dates),
    RandomType("timestamp", moments(no_zone)),
    RandomType("timestamptz", moments(any_zone)),
    RandomType("time", clocks(no_zone)),
    RandomType("timetz", clocks(any_zone)),
    RandomType("interval", intervals),
    RandomType("uuid", uuids),
    RandomType("bytea", bytes_),
    RandomType("bit(9)", bits(9, 9)),
    RandomType("varbit", bits(1, 30)),
    RandomType("json", documents),
    RandomType("jsonb", documents),
    RandomType("inet", lambda rng: quoted(f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.0/{rng.randint(24, 32)}")),
    RandomType("int4range", lambda rng: quoted(f"[{rng.randint(-9, 0)},{rng.randint(1, 9)})")),
    RandomType("mood", labels),
    RandomType("integer[]", lists(numbers(-9, 9), "integer")),
    RandomType("text[]", lists(texts(9), "text")),
    RandomType("timestamptz[]", lists(moments(any_zone), "timestamptz")),
)}

# What keys are made of: each with far more values than a table has rows.
KEY_TYPES = ("integer", "bigint", "text", "uuid", "numeric(20,6)", "timestamptz", "bytea")

# n -> literal: a key that no other n has.
KEY_LITERALS = {
    "integer": str,
    "bigint": lambda n: str(n * 1_000_003),
    "text": lambda n: quoted(f"key '{n}'"),
    "uuid": lambda n: f"md5('{n}')::uuid",
    "numeric(20,6)": lambda n: f"{n}.5",
    "timestamptz": lambda n: f"'2000-01-01'::timestamptz + {n} * interval '1 second'",
    "bytea": lambda n: f"int4send({n})",
}
