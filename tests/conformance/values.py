"""Every type with ordinary, extreme and odd values, as SQL expressions. A value's name in reports is its literal, shortened."""

from dataclasses import dataclass, field

PREPARE = """
create extension hstore; create extension citext; create extension ltree;
create type mood as enum ('sad', 'it''s', 'ü"quote', 'a,b', '');
create type address as (street text, n int, since date);
create type nested as (a address, list int[], price numeric(10,2));
create domain amount as numeric(10,2);
create domain small_amount as amount check (value < 1000 or value = 'NaN');
create domain numbers as int[];
create domain home as address;
create type float_range as range (subtype = float8);
"""


@dataclass(frozen=True)
class Type:
    sql: str
    values: tuple
    canonical: str = ""  # the spelling that canonical.py knows; empty: compared as text
    is_array: bool = False
    since: int = 0  # the first major version that has it
    delimiter: str = ","
    since_values: dict = field(default_factory=dict, hash=False)  # value → first major version
    alone: bool = False  # over Debezium some of its rows are not what they were, or go into quarantine: in no other type's table

    def values_on(self, major):
        return [value for value in self.values if self.since_values.get(value, 0) <= major]


def literals(*texts):
    return tuple("'" + text.replace("'", "''") + "'" for text in texts)


def array_type(sql, *elements, canonical="", extra=(), delimiter=",", **options):
    """Empty, with NULL, one element each, all of them, two dimensions, another first index."""
    one = elements[0]
    values = (
        "'{}'", "'{NULL}'", *(f"array[{element}]::{sql}[]" for element in elements), f"array[{', '.join(elements)}, null]::{sql}[]",
        f"array[[{one}, {one}], [{one}, null]]::{sql}[]", f"array_fill(({one})::{sql}, array[2], array[0])", *extra)
    return Type(sql + "[]", tuple(values), canonical, is_array=True, delimiter=delimiter, **options)


TEXTS = ("''", "'a'", "' blanks '", "'NULL'", r"'\N'", "'{\"a\": [1]}'", r"E'line\nbreak\ttab \\ \"quote\" ''single'' \x01 \x7f'",
         r"E'\u00e9 \U0001F600 \u2028 \uFEFF \uFFFD'", "repeat('x', 300000)", "repeat('é😀', 40000)")
DATES = literals("2024-02-29", "1970-01-01", "0001-01-01", "0044-03-15 BC", "4713-01-01 BC", "1582-10-10", "9999-12-31", "10000-01-01", "5874897-12-31",
                 "infinity", "-infinity")
TIMESTAMPS = literals("2024-02-29 23:59:59.999999", "1969-12-31 23:59:59.999999", "1970-01-01 00:00:00", "0044-03-15 12:00:00.1 BC",
                      "4713-01-01 00:00:00 BC", "1582-10-10 01:02:03", "9999-12-31 23:59:59.5", "10000-01-01 00:00:00", "294246-12-31 23:59:59",
                      "294247-01-10 04:00:54.775807", "294276-12-31 23:59:59.999999", "infinity", "-infinity")
INTERVALS = literals("0", "1 mon", "30 days", "1 year 2 mons -3 days 04:05:06.789", "-1 days +00:00:00.000001", "-1 year 1 day",
                     "178956970 years 7 mons 2147483647 days", "-178956970 years -8 mons -2147483648 days", "2562047788:00:54.775807",
                     "-2562047788:00:54.775807")
INFINITE_INTERVALS = {"'infinity'": 17, "'-infinity'": 17}
LONGEST_INTERVALS = {"'2562047788:00:54.775807'": 15, "'-2562047788:00:54.775807'": 15}  # 14 reads fewer hours

TYPES = (
    Type("boolean", ("true", "false"), "bool"),
    Type("smallint", ("0", "-32768", "32767"), "int2"),
    Type("integer", ("0", "-2147483648", "2147483647"), "int4"),
    Type("bigint", ("0", "-9223372036854775808", "9223372036854775807"), "int8"),
    Type("oid", literals("0", "4294967295"), "oid"),
    Type("real", literals("0", "-0", "0.1", "1.17549435e-38", "3.4028235e38", "1e-45", "NaN", "Infinity", "-Infinity"), "float4"),
    Type("double precision", literals("0", "-0", "0.1", "1e15", "2.2250738585072014e-308", "1.7976931348623157e308", "5e-324", "NaN", "Infinity",
                                      "-Infinity"), "float8"),
    Type("numeric", (*literals("0", "0.00", "-1.10", "1e-16383", "NaN", "Infinity", "-Infinity"), "repeat('9', 131072)::numeric",
                     "('-' || repeat('1', 1000) || '.' || repeat('7', 1000))::numeric"), "numeric"),
    Type("numeric(10,2)", literals("0", "-0.01", "99999999.99", "-99999999.99", "NaN"), "numeric"),
    Type("numeric(4,0)", literals("0", "9999", "-9999", "NaN"), "numeric"),
    Type("numeric(38,0)", literals("0", "9" * 38, "-" + "9" * 38), "numeric"),
    Type("numeric(38,38)", literals("0", "0." + "9" * 38, "-0." + "0" * 37 + "1", "NaN"), "numeric"),
    Type("numeric(39,1)", literals("0", "9" * 38 + ".9", "NaN"), "numeric"),
    Type("numeric(1000,500)", literals("9" * 500 + "." + "9" * 500, "-1", "NaN"), "numeric"),
    Type("numeric(3,5)", literals("0.00999", "-0.00001", "NaN"), "numeric", since=15),
    Type("numeric(5,-2)", literals("12300", "-9999900", "NaN"), "numeric", since=15),
    Type("money", literals("0", "-92233720368547758.08", "92233720368547758.07"), "money", alone=True),
    Type("text", TEXTS),
    Type("varchar(20)", ("''", "'abc'", r"E'\u00e9\U0001F600'")),
    Type("character(5)", ("''", "'ab'", "'abcde'")),
    Type("\"char\"", ("''", "'x'")),
    Type("name", ("''", "'Some Name'"), alone=True),
    Type("citext", ("''", "'MiXed'")),
    Type("xml", ("'<a b=\"1\">é</a>'", "'text'")),
    Type("bytea", (r"'\x'", r"'\x00'", "(select decode(string_agg(lpad(to_hex(i), 2, '0'), ''), 'hex') from generate_series(0, 255) i)", "decode(repeat('00ff', 100000), 'hex')"), "bytea", alone=True),
    Type("bit(1)", ("B'0'", "B'1'")),
    Type("bit(5)", ("B'00000'", "B'10110'", "B'00011'")),
    Type("bit(64)", ("repeat('0', 64)::bit(64)", "repeat('1', 64)::bit(64)", "(repeat('0', 63) || '1')::bit(64)")),
    Type("bit varying", ("B''", "B'0'", "B'10110'", "B'0000000011'", "repeat('10', 1000)::varbit")),
    Type("bit varying(8)", ("B''", "B'1'", "B'00000001'")),
    Type("uuid", literals("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")),
    Type("json", literals('{"a": 1}', "null", '"\\ud83d\\ude00"', '"\\ud800"', ' { "a" :  1 , "a": [2, null] } ', '"\\u0000"', "1e1000", "[]")),
    Type("jsonb", literals('{"a": 1, "b": [null, true]}', "null", '"😀"', "12345678901234567890.12345678901234567890", "{}", '""')),
    Type("hstore", literals("", "a=>1", '"a b"=>NULL, ""=>""', '"q\\"uo\\\\te"=>"é😀, =>"', '"NULL"=>"NULL"'), "hstore"),
    Type("date", DATES, "date", alone=True),
    Type("time", literals("00:00:00", "04:05:06.7", "23:59:59.999999", "24:00:00"), "time"),
    Type("time(0)", literals("00:00:00", "23:59:59", "24:00:00"), "time"),
    Type("time(3)", literals("04:05:06.789",), "time"),
    Type("time with time zone", literals("00:00:00+00", "04:05:06.789-03:30", "24:00:00+15:59", "00:00:00-15:59:59"), "timetz", alone=True),
    Type("timestamp", TIMESTAMPS, "timestamp", alone=True),
    Type("timestamp(0)", literals("2024-02-29 23:59:59", "294276-12-31 23:59:59", "infinity"), "timestamp", alone=True),
    Type("timestamp(3)", literals("2024-02-29 23:59:59.999", "0044-03-15 12:00:00.1 BC", "294276-12-31 23:59:59", "-infinity"), "timestamp", alone=True),
    Type("timestamp with time zone", TIMESTAMPS, "timestamptz", alone=True),
    Type("interval", (*INTERVALS, *INFINITE_INTERVALS), "interval", since_values=INFINITE_INTERVALS | LONGEST_INTERVALS, alone=True),
    Type("inet", literals("10.0.0.1", "10.0.0.1/8", "::1", "2001:db8::/32")),
    Type("cidr", literals("10.0.0.0/8", "::/0")),
    Type("macaddr", literals("08:00:2b:01:02:03")),
    Type("macaddr8", literals("08:00:2b:01:02:03:04:05")),
    Type("point", literals("(1,2)", "(-0.1,1e+300)", "(NaN,Infinity)")),
    Type("line", literals("{1,2,3}")),
    Type("lseg", literals("[(1,2),(3,4)]")),
    Type("box", literals("(3,4),(1,2)")),
    Type("path", literals("((1,2),(3,4))", "[(1,2),(3,4)]")),
    Type("polygon", literals("((0,0),(1,0),(1,1))")),
    Type("circle", literals("<(1,2),3>")),
    Type("tsvector", literals("", "'fat':2 'rat':3A", "'it''s'")),
    Type("tsquery", literals("'fat' & ( 'rat' | !'cat' )")),
    Type("int4range", literals("empty", "[1,5)", "(,)", "(,3)")),
    Type("int8range", literals("[-9223372036854775808,9223372036854775807)")),
    Type("numrange", literals("[1.10,2.200)", "empty")),
    Type("tsrange", literals('["2024-02-29 00:00:00",infinity)', '(,"294276-12-31 23:59:59.999999"]')),
    Type("tstzrange", literals('["2024-02-29 00:00:00+00",)')),
    Type("daterange", literals("[2024-02-29,infinity)", "empty")),
    Type("float_range", literals("[0.1,Infinity)")),
    Type("int4multirange", literals("{}", "{[1,2),[5,6)}")),
    Type("nummultirange", literals("{[1.10,2.20]}")),
    Type("jsonpath", literals('$."a"[*]')),
    Type("pg_lsn", literals("0/0", "FFFFFFFF/FFFFFFFF")),
    Type("pg_snapshot", literals("10:20:10,14,15")),
    Type("xid", literals("0", "4294967295")),
    Type("tid", literals("(0,1)")),
    Type("int2vector", literals("1 2 3"), alone=True),
    Type("oidvector", literals("1 2 3"), alone=True),
    Type("regclass", literals("pg_catalog.pg_class", "-")),
    Type("regtype", literals("integer", "mood[]")),
    Type("ltree", literals("", "Top.Science")),
    Type("mood", literals("sad", "it's", 'ü"quote', "a,b", "")),
    Type("address", ("row('a,b\"c (d)', null, '0044-03-15 BC')::address", "row('', -1, 'infinity')::address", "row(null, null, null)::address")),
    Type("nested", ("row(row('x', 1, '2024-02-29'), '{1,NULL}', 'NaN')::nested", "row(null, null, null)::nested")),
    Type("amount", literals("0", "-99999999.99", "NaN"), "numeric"),
    Type("small_amount", literals("999.99", "NaN"), "numeric"),
    Type("numbers", ("'{}'", "'{1,NULL}'", "'{{1,2},{3,4}}'", "'[0:1]={1,2}'"), "int4", is_array=True),
    Type("home", ("row('a,b', 1, '2024-02-29')::address",)),
    array_type("boolean", "true", "false", canonical="bool"),
    array_type("smallint", "-32768", canonical="int2"),
    array_type("integer", "-2147483648", "2147483647", canonical="int4", extra=("array(select generate_series(1, 20000))",)),
    array_type("bigint", "9223372036854775807", canonical="int8"),
    array_type("real", "'NaN'", "1e-45", canonical="float4"),
    array_type("double precision", "'-Infinity'", "0.1", canonical="float8"),
    array_type("numeric", "'NaN'", "1.10", "1e-300", canonical="numeric"),
    array_type("numeric(10,2)", "1.10", "'NaN'", canonical="numeric"),
    array_type("money", "'-1234.56'::money", canonical="money"),
    array_type("text", "''", "'NULL'", r"E'a,b\"\\{}'", "'é😀'", "' '"),
    array_type("varchar(20)", "'a'"),
    array_type("citext", "'MiXed'::citext"),
    array_type("bytea", r"'\x'::bytea", r"'\x00ff'::bytea", canonical="bytea", alone=True),
    array_type("bit(3)", "B'101'"),
    array_type("bit varying", "B'0'", "B''"),
    array_type("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", alone=True),
    array_type("json", "'{\"a\": \"\\ud800\"}'::json", "'null'::json"),
    array_type("jsonb", "'{\"a\": [null]}'::jsonb"),
    array_type("hstore", "'a=>1, b=>NULL'::hstore", "''::hstore", canonical="hstore"),
    array_type("date", *(f"{date}::date" for date in DATES[:3]), "'infinity'::date", canonical="date"),
    array_type("time", "'24:00:00'::time", canonical="time"),
    array_type("time with time zone", "'04:05:06.789-03:30'::timetz", canonical="timetz"),
    array_type("timestamp", "'2024-02-29 23:59:59.999999'::timestamp", "'294276-12-31'::timestamp", canonical="timestamp", alone=True),
    array_type("timestamp with time zone", "'0044-03-15 12:00:00+00 BC'::timestamptz", "'-infinity'::timestamptz", canonical="timestamptz", alone=True),
    array_type("interval", "'-1 days +00:00:00.000001'::interval", canonical="interval"),
    array_type("inet", "'10.0.0.1/8'::inet"),
    array_type("point", "'(1,2)'::point"),
    array_type("box", "'(3,4),(1,2)'::box", "'(1,1),(0,0)'::box", delimiter=";", alone=True),
    array_type("daterange", "'[2024-02-29,)'::daterange"),
    array_type("int4multirange", "'{[1,2)}'::int4multirange"),
    array_type("mood", "'sad'::mood", "'a,b'::mood"),
    array_type("address", "row('a,b', null, 'infinity')::address"),
    array_type("amount", "1.10::amount", "'NaN'::amount", canonical="numeric", alone=True),
    array_type("ltree", "'Top.Science'::ltree"),
)


def types_on(major):
    return [kind for kind in TYPES if kind.since <= major]
