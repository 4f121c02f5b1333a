// One column, one value: every encoding of Debezium's Postgres connector, with exact cells.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "sample_messages.hpp"

namespace pintail::wire {
namespace {

using ::testing::HasSubstr;
using Text = std::optional<std::string>;

constexpr const char* kIdField = R"({"type":"int32","optional":false,"field":"id"})";

// A Connect schema without its field's name, e.g. "type":"int32","name":"io.debezium.time.Date".
std::string with_field(const std::string& schema) {
    return fmt::format(R"({},{{{},"optional":true,"field":"v"}})", kIdField, schema);
}

std::string row_of(const std::string& value) {
    return R"({"id":1,"v":)" + value + "}";
}

Text by_schema(const std::string& schema, const std::string& value, ColumnType* type = nullptr) {
    Feed feed;
    feed.send(envelope_schema_of(with_field(schema)), {.after = row_of(value)});
    if (type != nullptr) *type = feed.schema().columns[1].type;
    return feed.cell("v");
}

std::string refusal_by_schema(const std::string& schema, const std::string& value) {
    try {
        by_schema(schema, value);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        return error.what();
    }
    return "<not refused>";
}

Text by_catalog(DebeziumOptions options, const std::string& value, ColumnType* type = nullptr) {
    Feed feed(std::move(options));
    feed.send({.after = row_of(value)});
    if (type != nullptr) *type = feed.schema().columns[1].type;
    return feed.cell("v");
}

DebeziumOptions catalog_of(const std::string& type, int32_t modifier = -1, bool is_array = false) {
    return with_table({source_column("id", "int4"), source_column("v", type, modifier, is_array)});
}

std::string refusal_by_catalog(DebeziumOptions options, const std::string& value) {
    try {
        by_catalog(std::move(options), value);
    } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::data);
        return error.what();
    }
    return "<not refused>";
}

struct Encoding {
    const char* schema;
    const char* value;
    const char* cell;
    TypeKind kind;
};

void PrintTo(const Encoding& encoding, std::ostream* out) {
    *out << encoding.schema << " " << encoding.value;
}

class Encodings : public ::testing::TestWithParam<Encoding> {};

TEST_P(Encodings, GiveTheCell) {
    ColumnType type;
    EXPECT_EQ(by_schema(GetParam().schema, GetParam().value, &type), GetParam().cell);
    EXPECT_EQ(type.kind, GetParam().kind);
}

TEST_P(Encodings, NullIsNull) {
    EXPECT_EQ(by_schema(GetParam().schema, "null"), std::nullopt);
}

TEST_P(Encodings, FitIntoLists) {
    const std::string schema = fmt::format(R"("type":"array","items":{{{}}})", GetParam().schema);
    ColumnType type;
    EXPECT_EQ(by_schema(schema, fmt::format("[null,{},null]", GetParam().value), &type).has_value(), true);
    EXPECT_EQ(type.kind, TypeKind::list);
    EXPECT_EQ(type.fields[0].type.kind, GetParam().kind);
    EXPECT_EQ(by_schema(schema, "[]"), "{}");
    EXPECT_EQ(by_schema(schema, "[null]"), "{NULL}");
}

// Whatever a column holds, a value of another JSON kind is refused (or kept as JSON where the column is JSON text).
TEST_P(Encodings, RefuseBrackets) {
    const bool keeps_json =
        GetParam().kind == TypeKind::json && !std::string(GetParam().schema).starts_with(R"("type":"string")");
    if (keeps_json) return;
    EXPECT_THAT(refusal_by_schema(GetParam().schema, "[1]"), HasSubstr("public.t: column v"));
}

constexpr const char* kDecimal =
    R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"10"})";
constexpr const char* kVariable =
    R"("type":"struct","fields":[{"type":"int32","field":"scale"},{"type":"bytes","field":"value"}],"name":"io.debezium.data.VariableScaleDecimal")";

INSTANTIATE_TEST_SUITE_P(
    Numbers, Encodings,
    ::testing::Values(
        Encoding{R"("type":"boolean")", "true", "t", TypeKind::boolean},
        Encoding{R"("type":"boolean")", "false", "f", TypeKind::boolean},
        Encoding{R"("type":"int16")", "-32768", "-32768", TypeKind::int16},
        Encoding{R"("type":"int16")", "32767", "32767", TypeKind::int16},
        Encoding{R"("type":"int32")", "-2147483648", "-2147483648", TypeKind::int32},
        Encoding{R"("type":"int64")", "-9223372036854775808", "-9223372036854775808", TypeKind::int64},
        Encoding{R"("type":"int64")", "9223372036854775807", "9223372036854775807", TypeKind::int64},
        Encoding{R"("type":"float")", "1.4e-45", "1e-45", TypeKind::float32},
        Encoding{R"("type":"float")", "\"NaN\"", "NaN", TypeKind::float32},
        Encoding{R"("type":"double")", "-0.0", "-0", TypeKind::float64},
        Encoding{R"("type":"double")", "1.7976931348623157E308", "1.7976931348623157e+308", TypeKind::float64},
        Encoding{R"("type":"double")", "5e-324", "5e-324", TypeKind::float64},
        Encoding{R"("type":"double")", "\"-Infinity\"", "-Infinity", TypeKind::float64},
        Encoding{kDecimal, "\"EtaH\"", "12345.67", TypeKind::decimal},
        Encoding{kDecimal, "\"/av0HAE=\"", "-99999999.99", TypeKind::decimal},
        Encoding{kDecimal, "12.5", "12.50", TypeKind::decimal},  // decimal.format=NUMERIC
        Encoding{R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"})",
                 "\"gAAAAAAAAAA=\"", "-92233720368547758.08", TypeKind::decimal},  // money
        Encoding{
            R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"5","connect.decimal.precision":"3"})",
            "\"Aw==\"", "0.00003", TypeKind::decimal},
        Encoding{
            R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2","connect.decimal.precision":"39"})",
            "\"bg==\"", "1.10", TypeKind::varchar},
        Encoding{
            R"("type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2046","connect.decimal.precision":"3"})",
            "\"AA==\"", "0", TypeKind::varchar},
        Encoding{kVariable, R"({"scale":4,"value":"AYr3"})", "10.1111", TypeKind::varchar},
        Encoding{kVariable, R"({"value":"ZA==","scale":0})", "100", TypeKind::varchar}));

INSTANTIATE_TEST_SUITE_P(
    Texts, Encodings,
    ::testing::Values(
        Encoding{R"("type":"string")", R"("plain")", "plain", TypeKind::varchar},
        Encoding{R"("type":"string")", R"("more than twelve bytes \u00e9\n\"q\"")", "more than twelve bytes é\n\"q\"",
                 TypeKind::varchar},
        Encoding{R"("type":"string")", R"("")", "", TypeKind::varchar},
        Encoding{R"("type":"string","name":"io.debezium.data.Enum","parameters":{"allowed":"a,b"})", R"("a")", "a",
                 TypeKind::varchar},
        Encoding{R"("type":"string","name":"io.debezium.data.Xml")", R"("<a/>")", "<a/>", TypeKind::varchar},
        Encoding{R"("type":"string","name":"io.debezium.data.Ltree")", R"("a.b")", "a.b", TypeKind::varchar},
        Encoding{R"("type":"string","name":"io.debezium.data.Tsvector")", R"("'a':1")", "'a':1", TypeKind::varchar},
        Encoding{R"("type":"string","name":"io.debezium.data.Json")", R"("{\"a\":  1}")", "{\"a\":  1}",
                 TypeKind::json},
        Encoding{R"("type":"string","name":"io.debezium.data.Uuid")", R"("00112233-4455-6677-8899-AABBCCDDEEFF")",
                 "00112233-4455-6677-8899-aabbccddeeff", TypeKind::uuid},
        Encoding{R"("type":"bytes")", R"("AP8Qq80=")", "\\x00ff10abcd", TypeKind::blob},
        Encoding{R"("type":"bytes")", R"("")", "\\x", TypeKind::blob},
        Encoding{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"5"})", R"("FQ==")", "10101",
                 TypeKind::bit},
        Encoding{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"5"})", R"("")", "00000",
                 TypeKind::bit},
        Encoding{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"7"})", R"("QA==")", "1000000",
                 TypeKind::bit},
        Encoding{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"64"})", R"("AQAAAAAAAIA=")",
                 "1000000000000000000000000000000000000000000000000000000000000001", TypeKind::bit},
        Encoding{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"2147483647"})", R"("Bg==")",
                 "110", TypeKind::bit}));

INSTANTIATE_TEST_SUITE_P(
    Times, Encodings,
    ::testing::Values(
        Encoding{R"("type":"int32","name":"io.debezium.time.Date")", "17109", "2016-11-04", TypeKind::date},
        Encoding{R"("type":"int32","name":"io.debezium.time.Date")", "-2147472692", "infinity", TypeKind::date},
        Encoding{R"("type":"int32","name":"io.debezium.time.Date")", "-2147472691", "-infinity", TypeKind::date},
        Encoding{R"("type":"int32","name":"org.apache.kafka.connect.data.Date")", "-1", "1969-12-31", TypeKind::date},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoDate")", R"("2017-09-15Z")", "2017-09-15",
                 TypeKind::date},
        Encoding{R"("type":"int32","name":"io.debezium.time.Time")", "45296789", "12:34:56.789", TypeKind::time},
        Encoding{R"("type":"int32","name":"org.apache.kafka.connect.data.Time")", "86400000", "24:00:00",
                 TypeKind::time},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroTime")", "86400000000", "24:00:00", TypeKind::time},
        Encoding{R"("type":"int64","name":"io.debezium.time.NanoTime")", "45296789012000", "12:34:56.789012",
                 TypeKind::time},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTime")", R"("12:34:56.789012Z")", "12:34:56.789012",
                 TypeKind::time},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTime")", R"("11:51:30.123789Z")",
                 "11:51:30.123789+00", TypeKind::time_tz},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTime")", R"("24:00:00Z")", "24:00:00+00",
                 TypeKind::time_tz},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTime")", R"("11:51:30-15:00")", "11:51:30-15",
                 TypeKind::time_tz},
        Encoding{R"("type":"int64","name":"io.debezium.time.Timestamp")", "-1", "1969-12-31 23:59:59.999",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.Timestamp")", "9223372036825200000", "infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.Timestamp")", "9223372036825200", "infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.Timestamp")", "-9223372036832400000", "-infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"org.apache.kafka.connect.data.Timestamp")", "1709210096789",
                 "2024-02-29 12:34:56.789", TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "1478267490123456",
                 "2016-11-04 13:51:30.123456", TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "9223372036854775806",
                 "294247-01-10 04:00:54.775806", TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "9223372036854775807", "infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "9223372036825200000", "infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.NanoTimestamp")", "1709210096789012000",
                 "2024-02-29 12:34:56.789012", TypeKind::timestamp},
        Encoding{R"("type":"int64","name":"io.debezium.time.NanoTimestamp")", "-9223372036854775808", "-infinity",
                 TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTimestamp")", R"("2024-02-29T12:34:56.789012Z")",
                 "2024-02-29 12:34:56.789012", TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTimestamp")", R"("+292278994-08-16T23:00:00Z")",
                 "infinity", TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTimestamp")", R"("-292275055-05-16T23:00:00Z")",
                 "-infinity", TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoDate")", R"("+292278994-08-16Z")", "infinity",
                 TypeKind::date},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoDate")", R"("+292269055-12-02Z")", "-infinity",
                 TypeKind::date},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTimestamp")", R"("+294247-01-10T04:00:25.2Z")",
                 "infinity", TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.IsoTimestamp")", R"("-290308-12-21T19:59:27.6Z")",
                 "-infinity", TypeKind::timestamp},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTimestamp")", R"("+21016-11-04T06:51:30.000000Z")",
                 "21016-11-04 06:51:30+00", TypeKind::timestamp_tz},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTimestamp")", R"("infinity")", "infinity",
                 TypeKind::timestamp_tz},
        Encoding{R"("type":"string","name":"io.debezium.time.ZonedTimestamp")", R"("-infinity")", "-infinity",
                 TypeKind::timestamp_tz},
        Encoding{R"("type":"int64","name":"io.debezium.time.MicroDuration")", "37091106780000", "37091106780000",
                 TypeKind::int64},
        Encoding{R"("type":"string","name":"io.debezium.time.Interval")", R"("P1Y2M3DT4H5M6.78S")",
                 "14 mons 3 days 14706780000 us", TypeKind::interval}));

INSTANTIATE_TEST_SUITE_P(
    Structures, Encodings,
    ::testing::Values(
        Encoding{R"("type":"map","keys":{"type":"string"},"values":{"type":"string"})", R"({"k":"v", "n":null})",
                 R"({"k":"v", "n":null})", TypeKind::json},
        Encoding{R"("type":"map","keys":{"type":"int32"},"values":{"type":"string"})", R"([[1,"v"]])", R"([[1,"v"]])",
                 TypeKind::json},
        Encoding{
            R"("type":"struct","fields":[{"type":"double","field":"x"},{"type":"double","field":"y"}],"name":"io.debezium.data.geometry.Point")",
            R"({"x":1.5,"y":-2.0})", R"({"x":1.5,"y":-2.0})", TypeKind::json}));

TEST(Lists, OfVectorsAndOfLists) {
    EXPECT_EQ(
        by_schema(R"("type":"array","items":{"type":"double"},"name":"io.debezium.data.DoubleVector")", "[1.0,2.5]"),
        "{1,2.5}");
    EXPECT_EQ(by_schema(R"("type":"array","items":{"type":"array","items":{"type":"int32"}})", "[[1,2],[],null,[3]]"),
              R"({"{1,2}","{}",NULL,"{3}"})");
}

struct Refusal {
    const char* schema;
    const char* value;
    const char* reason;
};

void PrintTo(const Refusal& refusal, std::ostream* out) {
    *out << refusal.schema << " " << refusal.value;
}

class Refusals : public ::testing::TestWithParam<Refusal> {};

TEST_P(Refusals, NameTheColumnAndTheReasonButNotTheValue) {
    const std::string message = refusal_by_schema(GetParam().schema, GetParam().value);
    EXPECT_THAT(message, HasSubstr("public.t: column v"));
    EXPECT_THAT(message, HasSubstr(GetParam().reason));
    if (std::string(GetParam().value).size() > 6) {
        EXPECT_THAT(message, ::testing::Not(HasSubstr(GetParam().value)));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Refusals,
    ::testing::Values(
        Refusal{R"("type":"boolean")", "1", "neither true nor false"},
        Refusal{R"("type":"int16")", "32768", "out of range"},
        Refusal{R"("type":"int32")", "2147483648", "out of range"},
        Refusal{R"("type":"int64")", "9223372036854775808", "out of range"},
        Refusal{R"("type":"int64")", "1.5", "no whole number"},
        Refusal{R"("type":"int64")", "\"1\"", "no whole number"},
        Refusal{R"("type":"float")", "3.5e38", "out of range"}, Refusal{R"("type":"double")", "1e400", "out of range"},
        Refusal{R"("type":"double")", "\"nan\"", "no number"}, Refusal{R"("type":"double")", "true", "no number"},
        Refusal{kDecimal, "\"AlQL5AA=\"", "out of range"},  // 100000000.00 of numeric(10,2)
        Refusal{kDecimal, "\"\"", "out of range"}, Refusal{kDecimal, "\"12.5\"", "decimal.handling.mode=string"},
        Refusal{kDecimal, "\"NaN\"", "base64"}, Refusal{kDecimal, "12.345", "no such decimal"},
        Refusal{kDecimal, "\"/////////////////////////w==\"", "out of range"},
        Refusal{kVariable, "\"12.5\"", "decimal.handling.mode=string"},
        Refusal{kVariable, R"({"scale":2})", "\"value\""},
        Refusal{kVariable, R"({"scale":"x","value":"AQ=="})", "scale"}, Refusal{R"("type":"string")", "1", "no string"},
        Refusal{R"("type":"string")", R"("lone \ud800 surrogate")", "lone surrogate"},
        Refusal{R"("type":"string","name":"io.debezium.data.Uuid")", R"("not a uuid")", "no UUID"},
        Refusal{R"("type":"bytes")", R"("no base64")", "no base64"},
        Refusal{R"("type":"bytes","name":"io.debezium.data.Bits","parameters":{"length":"3"})", R"("FQ==")",
                "too many bits"},
        Refusal{R"("type":"int32","name":"io.debezium.time.Date")", "2145042906", "out of range"},
        Refusal{R"("type":"int32","name":"io.debezium.time.Date")", "-2440589", "out of range"},
        Refusal{R"("type":"string","name":"io.debezium.time.IsoDate")", R"("2017-02-30Z")", "ISO 8601"},
        Refusal{R"("type":"int32","name":"io.debezium.time.Time")", "86400001", "out of range"},
        Refusal{R"("type":"int64","name":"io.debezium.time.MicroTime")", "-1", "out of range"},
        Refusal{R"("type":"int64","name":"io.debezium.time.NanoTime")", "1", "finer than a microsecond"},
        Refusal{R"("type":"int64","name":"io.debezium.time.Timestamp")", "9224318016000000", "out of range"},
        Refusal{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "-9223372036853775810", "out of range"},
        Refusal{R"("type":"int64","name":"io.debezium.time.MicroTimestamp")", "-210866803200000001", "out of range"},
        Refusal{R"("type":"string","name":"io.debezium.time.ZonedTime")", R"("11:51:30+16:00")", "zone"},
        Refusal{R"("type":"int64","name":"io.debezium.time.MicroDuration")", "9223372036854775807", "out of range"},
        Refusal{R"("type":"int64","name":"io.debezium.time.MicroDuration")", R"("P1Y2M3DT4H5M6.78S")",
                "interval.handling.mode=string"},
        Refusal{R"("type":"string","name":"io.debezium.time.Interval")", R"("P1Y2M3")", "ISO 8601"},
        Refusal{R"("type":"array","items":{"type":"int32"})", "[1,\"x\"]", "no whole number"},
        Refusal{R"("type":"array","items":{"type":"int32"})", "{}", "array"},
        Refusal{R"("type":"struct","fields":[{"type":"double","field":"x"}])", R"({"x":nonsense})", "malformed JSON"}));

TEST(CatalogEncodings, DecimalsAsText) {
    ColumnType type;
    EXPECT_EQ(by_catalog(catalog_of("numeric", numeric_modifier_of(10, 2)), R"("-12.50")", &type), "-12.50");
    EXPECT_EQ(type, decimal_type(10, 2));
    EXPECT_EQ(by_catalog(catalog_of("numeric"), R"("123456789012345678901234567890123456789012.5")", &type),
              "123456789012345678901234567890123456789012.5");
    EXPECT_EQ(type.kind, TypeKind::varchar);
    // Debezium takes a scale of -2 for 2046.
    EXPECT_EQ(by_catalog(catalog_of("numeric", numeric_modifier_of(5, -2)), "\"12300." + std::string(2046, '0') + '"'),
              "12300");
    EXPECT_EQ(by_catalog(catalog_of("numeric"), R"("NAN")"), "NaN");
    EXPECT_EQ(by_catalog(catalog_of("numeric"), R"("NEGATIVE_INFINITY")"), "-Infinity");
    EXPECT_EQ(by_catalog(catalog_of("money"), R"("1234.56")", &type), "1234.56");
    EXPECT_EQ(type, decimal_type(19, 2));
}

// The text that stands beside column v.
std::string beside(Feed& feed) {
    const RowBatch& rows = feed.rows();
    if (rows.exact_cells.size() != 1 || !rows.columns[1].is_null(0)) return "<nothing>";
    return std::string(rows.exact_cells[0].text);
}

std::string beside_by_schema(const std::string& schema, const std::string& value) {
    Feed feed;
    feed.send(envelope_schema_of(with_field(schema)), {.after = row_of(value)});
    return beside(feed);
}

std::string beside_by_catalog(DebeziumOptions options, const std::string& value) {
    Feed feed(std::move(options));
    feed.send({.after = row_of(value)});
    return beside(feed);
}

TEST(Beside, WhatTheMessageHasAndTheColumnHasNot) {
    EXPECT_EQ(beside_by_schema(R"("type":"int64","name":"io.debezium.time.Timestamp")", "9223372036854776"),
              "294247-01-10 04:00:54.776");
    EXPECT_EQ(beside_by_schema(R"("type":"int64","name":"io.debezium.time.Timestamp")", "9224318015999999"),
              "294276-12-31 23:59:59.999");
    EXPECT_EQ(beside_by_schema(R"("type":"string","name":"io.debezium.time.ZonedTimestamp")",
                               R"("+294276-12-31T23:59:59.999999Z")"),
              "294276-12-31 23:59:59.999999+00");
    // As a number the end of int64 is infinity, as a text it is itself.
    EXPECT_EQ(beside_by_schema(R"("type":"string","name":"io.debezium.time.ZonedTimestamp")",
                               R"("+294247-01-10T04:00:54.775807Z")"),
              "294247-01-10 04:00:54.775807+00");
    EXPECT_EQ(beside_by_schema(R"("type":"string","name":"io.debezium.time.IsoTimestamp")",
                               R"("+294247-01-10T04:00:54.775807Z")"),
              "294247-01-10 04:00:54.775807");
    EXPECT_EQ(beside_by_schema(R"("type":"array","items":{"type":"string","name":"io.debezium.time.ZonedTimestamp"})",
                               R"(["2024-02-29T00:00:00Z",null,"+294276-12-31T23:59:59Z"])"),
              R"({"2024-02-29 00:00:00+00",NULL,"294276-12-31 23:59:59+00"})");
    EXPECT_EQ(beside_by_catalog(catalog_of("numeric", numeric_modifier_of(10, 2)), R"("NAN")"), "NaN");
    EXPECT_EQ(beside_by_catalog(catalog_of("numeric", numeric_modifier_of(10, 2), true), R"(["1.50","NAN"])"),
              "{1.50,NaN}");
}

DebeziumOptions with_policy(DebeziumOptions options, ColumnPolicy policy) {
    options.policies = [policy](const TableName&, const std::string& column) {
        return column == "v" ? policy : ColumnPolicy::exact;
    };
    return options;
}

TEST(Beside, PoliciesChooseOtherwise) {
    const auto decimals = catalog_of("numeric", numeric_modifier_of(10, 2));
    EXPECT_THAT(refusal_by_catalog(with_policy(decimals, ColumnPolicy::stop), R"("NAN")"),
                HasSubstr("--columns 'public.t.v=varchar'"));
    ColumnType type;
    EXPECT_EQ(by_catalog(with_policy(decimals, ColumnPolicy::varchar), R"("NAN")", &type), "NaN");
    EXPECT_EQ(type.kind, TypeKind::varchar);
    EXPECT_EQ(by_catalog(with_policy(decimals, ColumnPolicy::varchar), R"("12.50")"), "12.50");
    EXPECT_EQ(by_catalog(with_policy(catalog_of("timestamp"), ColumnPolicy::varchar), "1709251199999999"),
              "2024-02-29 23:59:59.999999");
    EXPECT_EQ(by_catalog(with_policy(catalog_of("int4", -1, true), ColumnPolicy::varchar), "[1,null]"), "{1,NULL}");
}

TEST(CatalogEncodings, Base64IsNeverReadAsDecimalText) {
    for (const char* value : {R"("EtaH")", R"("1234")", R"("Kg==")"}) {
        EXPECT_THAT(refusal_by_catalog(catalog_of("numeric", numeric_modifier_of(10, 2)), value), HasSubstr("precise"))
            << value;
    }
    EXPECT_THAT(refusal_by_catalog(catalog_of("numeric"), R"({"scale":2,"value":"EtaH"})"), HasSubstr("precise"));
    EXPECT_THAT(refusal_by_catalog(catalog_of("numeric", numeric_modifier_of(5, 0)), R"("Kg==")"),
                HasSubstr("no decimal"));
}

TEST(CatalogEncodings, DecimalsByMode) {
    DebeziumOptions options = catalog_of("numeric", numeric_modifier_of(10, 2));
    options.decimal_handling = DecimalHandling::precise;
    EXPECT_EQ(by_catalog(options, R"("EtaH")"), "12345.67");
    EXPECT_THAT(refusal_by_catalog(options, R"("12345.67")"), HasSubstr("decimal.handling.mode=string"));
    options.decimal_handling = DecimalHandling::floating;
    ColumnType type;
    EXPECT_EQ(by_catalog(options, "12345.67", &type), "12345.67");
    EXPECT_EQ(type.kind, TypeKind::float64);
    options = catalog_of("numeric", numeric_modifier_of(39, 2));
    options.decimal_handling = DecimalHandling::precise;
    EXPECT_EQ(by_catalog(options, R"("bg==")", &type), "1.10");
    EXPECT_EQ(type.kind, TypeKind::varchar);
}

TEST(CatalogEncodings, BitsAndBooleans) {
    EXPECT_EQ(by_catalog(catalog_of("bit", 1), "true"), "1");
    EXPECT_EQ(by_catalog(catalog_of("bit", 1), "false"), "0");
    EXPECT_EQ(by_catalog(catalog_of("bit", 5), R"("AQ==")"), "00001");
    EXPECT_EQ(by_catalog(catalog_of("varbit"), R"("AQ==")"), "1");
}

TEST(CatalogEncodings, TimesByModifierAndMode) {
    EXPECT_EQ(by_catalog(catalog_of("timestamp", 3), "1000"), "1970-01-01 00:00:01");
    EXPECT_EQ(by_catalog(catalog_of("timestamp"), "1000"), "1970-01-01 00:00:00.001");
    EXPECT_EQ(by_catalog(catalog_of("time", 0), "1000"), "00:00:01");
    DebeziumOptions options = catalog_of("time", 0);
    options.time_precision = TimePrecision::adaptive_time_microseconds;
    EXPECT_EQ(by_catalog(options, "1000000"), "00:00:01");
    options.time_precision = TimePrecision::nanoseconds;
    EXPECT_EQ(by_catalog(options, "1000000000"), "00:00:01");
    options = catalog_of("timestamp");
    options.time_precision = TimePrecision::connect;
    EXPECT_EQ(by_catalog(options, "1000"), "1970-01-01 00:00:01");
    options.time_precision = TimePrecision::isostring;
    EXPECT_EQ(by_catalog(options, R"("1970-01-01T00:00:01Z")"), "1970-01-01 00:00:01");
}

TEST(CatalogEncodings, IntervalsShowTheirModeThemselves) {
    ColumnType type;
    EXPECT_EQ(by_catalog(catalog_of("interval"), "5", &type), "5");
    EXPECT_EQ(type.kind, TypeKind::int64);
    EXPECT_EQ(by_catalog(catalog_of("interval"), R"("P1D")", &type), "0 mons 1 days 0 us");
    EXPECT_EQ(type.kind, TypeKind::interval);
    EXPECT_EQ(by_catalog(catalog_of("interval"), "null", &type), std::nullopt);
    EXPECT_EQ(type.kind, TypeKind::interval);  // as the template sets it
    Feed feed(catalog_of("interval"));
    for (const char* value : {"null", "7", "null", "8"}) feed.send({.after = row_of(value)});
    EXPECT_EQ(feed.shapes(), 2);
    EXPECT_EQ(feed.cell("v"), "8");
}

TEST(CatalogEncodings, TypesThatDebeziumDoesNotKnowAreBytesOfTheirText) {
    EXPECT_EQ(by_catalog(catalog_of("pg_lsn"), R"("MC8w")"), "0/0");
    EXPECT_EQ(by_catalog(catalog_of("int4multirange", -1, true), R"(["e1sxLDIpfQ=="])"), R"({"{[1,2)}"})");
    EXPECT_EQ(by_catalog(catalog_of("address"), R"("KCwsKQ==")"), "(,,)");
    DebeziumOptions hex = catalog_of("address");
    hex.binary_handling = BinaryHandling::hex;
    EXPECT_EQ(by_catalog(hex, R"("282c2c29")"), "(,,)");
    EXPECT_THAT(refusal_by_catalog(catalog_of("address"), R"("no base64")"), HasSubstr("no base64"));
    EXPECT_THAT(refusal_by_catalog(catalog_of("address"), R"("/w==")"), HasSubstr("no UTF-8"));
    EXPECT_EQ(by_catalog(catalog_of("numrange"), R"("empty")"), "empty");
    // Debezium 2.6 does not know it yet.
    EXPECT_EQ(by_catalog(catalog_of("tsvector"), R"("'fat':2")"), "'fat':2");
    EXPECT_EQ(by_catalog(catalog_of("tsvector"), R"("J2l0JydzJw==")"), "'it''s'");
    EXPECT_EQ(by_catalog(catalog_of("tsvector"), R"("")"), "");
}

TEST(CatalogEncodings, OtherModes) {
    DebeziumOptions options = catalog_of("bytea");
    EXPECT_EQ(by_catalog(options, R"("_-8=")"), "\\xffef");
    options.binary_handling = BinaryHandling::hex;
    EXPECT_EQ(by_catalog(options, R"("ffef")"), "\\xffef");
    EXPECT_EQ(by_catalog(catalog_of("hstore"), R"({"k":"v"})"), R"({"k":"v"})");
    EXPECT_EQ(by_catalog(catalog_of("hstore"), R"("{\"k\":\"v\"}")"), R"({"k":"v"})");
    EXPECT_EQ(by_catalog(catalog_of("oid"), "4294967295"), "4294967295");
    EXPECT_EQ(by_catalog(catalog_of("vector"), "[1.0,2.5]"), "{1,2.5}");
    DebeziumOptions of_enum = with_table({source_column("id", "int4"), enum_column("v", "mood")});
    EXPECT_EQ(by_catalog(of_enum, R"("ok")"), "ok");
    EXPECT_EQ(by_catalog(catalog_of("numeric", numeric_modifier_of(4, 1), true), R"(["1.5",null])"), "{1.5,NULL}");
}

}  // namespace
}  // namespace pintail::wire
