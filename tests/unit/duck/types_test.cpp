// Every ColumnType through the target and back, at its edges.
#include <cmath>
#include <limits>

#include "duck/sql_type.hpp"
#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

struct Value {
    Cell cell;
    std::string text;
};

struct TypeCase {
    ColumnType type;
    std::vector<Value> values;
};

constexpr int64_t kMax64 = std::numeric_limits<int64_t>::max();
const double kInfinity = std::numeric_limits<double>::infinity();

uint64_t time_tz(int64_t micros, int32_t offset_seconds) {
    return duckdb_create_time_tz(micros, offset_seconds).bits;
}

std::vector<TypeCase> type_cases() {
    const ColumnType record{TypeKind::structure,
                            0,
                            0,
                            {{"n", {TypeKind::int32}}, {"t", {TypeKind::varchar}}, {"l", list_of({TypeKind::int16})}}};
    return {
        {{TypeKind::boolean}, {{1, "true"}, {0, "false"}}},
        {{TypeKind::int16}, {{INT16_MIN, "-32768"}, {INT16_MAX, "32767"}}},
        {{TypeKind::int32}, {{INT32_MIN, "-2147483648"}, {INT32_MAX, "2147483647"}}},
        {{TypeKind::int64},
         {{std::numeric_limits<int64_t>::min(), "-9223372036854775808"}, {kMax64, "9223372036854775807"}}},
        {{TypeKind::uint32}, {{int64_t{4294967295}, "4294967295"}, {0, "0"}}},
        {{TypeKind::hugeint}, {{Int128{~0ULL, kMax64}, "170141183460469231731687303715884105727"}, {-1, "-1"}}},
        {{TypeKind::float32}, {{0.1, "0.1"}, {-kInfinity, "-inf"}, {std::nan(""), "nan"}}},
        {{TypeKind::float64}, {{1e308, "1e+308"}, {-0.0, "-0.0"}, {kInfinity, "inf"}}},
        {decimal_type(4, 2), {{9999, "99.99"}, {-1, "-0.01"}}},
        {decimal_type(9, 0), {{999999999, "999999999"}, {-999999999, "-999999999"}}},
        {decimal_type(18, 3), {{int64_t{-999999999999999999}, "-999999999999999.999"}}},
        {decimal_type(38, 10),
         {{Int128{687399551400673279ULL, 5421010862427522170LL}, "9999999999999999999999999999.9999999999"},
          {-1, "-0.0000000001"}}},
        {{TypeKind::varchar},
         {{"", ""}, {"123456789012", "123456789012"}, {"1234567890123 größer", "1234567890123 größer"}}},
        {{TypeKind::json}, {{"{\"a\": \"\\ud800\"}", "{\"a\": \"\\ud800\"}"}, {"[1]", "[1]"}}},
        {{TypeKind::blob}, {{std::string("a\0\xff", 3), "a\\x00\\xFF"}, {"", ""}}},
        {{TypeKind::bit}, {{"\x05\xfd", "101"}, {"\x06\xff\xc2", "1111000010"}, {std::string(1, '\0'), ""}}},
        {{TypeKind::uuid},
         {{Int128{0xfedcba9876543210ULL, static_cast<int64_t>(0x123456789abcdef0ULL ^ (1ULL << 63))},
           "12345678-9abc-def0-fedc-ba9876543210"}}},
        {{TypeKind::date},
         {{0, "1970-01-01"}, {INT32_MAX, "infinity"}, {-INT32_MAX, "-infinity"}, {-2440588, "4714-11-24 (BC)"}}},
        {{TypeKind::time}, {{int64_t{86400000000}, "24:00:00"}, {1, "00:00:00.000001"}}},
        {{TypeKind::time_tz},
         {{static_cast<int64_t>(time_tz(3600000000, -19800)), "01:00:00-05:30"},
          {static_cast<int64_t>(time_tz(0, 57599)), "00:00:00+15:59:59"}}},
        {{TypeKind::timestamp}, {{kMax64, "infinity"}, {-kMax64, "-infinity"}, {1, "1970-01-01 00:00:00.000001"}}},
        {{TypeKind::timestamp_tz}, {{kMax64, "infinity"}, {-kMax64, "-infinity"}}},
        {{TypeKind::interval},
         {{Interval{14, -3, 3723000001}, "1 year 2 months -3 days 01:02:03.000001"}, {Interval{0, 30, 0}, "30 days"}}},
        {list_of({TypeKind::int32}), {{List{{1, Null{}, 3}}, "[1, NULL, 3]"}, {List{}, "[]"}}},
        {list_of(list_of({TypeKind::varchar})),
         {{List{{List{{"a longer text than inline", "b"}}, Null{}, List{}}},
           "[[a longer text than inline, b], NULL, []]"}}},
        {record,
         {{Record{{1, "x", List{{7}}}}, "{'n': 1, 't': x, 'l': [7]}"},
          {Record{{Null{}, Null{}, Null{}}}, "{'n': NULL, 't': NULL, 'l': NULL}"}}},
        {list_of(record), {{List{{Record{{1, "x", List{}}}, Null{}}}, "[{'n': 1, 't': x, 'l': []}, NULL]"}}},
    };
}

class Types : public TargetTest {};

TEST_F(Types, AllRoundTripWithNullsBetween) {
    int64_t offset = 0;
    for (const TypeCase& one : type_cases()) {
        const std::string name = "public.t" + std::to_string(++offset);
        const auto table = make_table(name, {column("id", TypeKind::int32), column("c", one.type)}, {"id"});
        TableRows changes(table);
        Rows expected;
        int id = 0;
        for (const Value& value : one.values) {
            changes.insert({++id, value.cell}).insert({++id, Null{}});
            expected.push_back(value.text);
            expected.push_back("NULL");
        }
        apply(make_batch(offset, changes.take()));
        EXPECT_EQ(rows("SELECT c FROM " + name + " ORDER BY id"), expected) << to_string(one.type);
    }
    const StoredState state = target().recover();
    ASSERT_EQ(state.tables.size(), type_cases().size());
}

TEST_F(Types, AreReadBackFromTheCatalog) {
    for (const TypeCase& one : type_cases()) {
        const LogicalType type = logical_type(one.type);
        EXPECT_EQ(column_type(type.get()), one.type) << to_string(one.type);
    }
}

// Every type that Postgres can have in a key finds its row again: by one key, and by many at once.
TEST_F(Types, WorkAsKeys) {
    int64_t offset = 0;
    for (const TypeCase& one : type_cases()) {
        if (one.type.kind == TypeKind::structure || one.type.kind == TypeKind::list || one.values.size() < 2) continue;
        const std::string name = "public.k" + std::to_string(++offset);
        const auto table = make_table(name, {column("k", one.type), column("v", TypeKind::int32)}, {"k"});
        TableRows first(table), few(table), many(table);
        for (const Value& value : one.values) {
            first.insert({value.cell, 1});
            many.update({value.cell, 3});
        }
        few.update({one.values[0].cell, 2}).remove({one.values[1].cell});
        apply(make_batch(++offset, first.take()));
        const ApplyResult result = apply(make_batch(++offset, few.take()));
        EXPECT_EQ(result.removes_without_row, 0u) << to_string(one.type);
        EXPECT_EQ(this->one("SELECT count(*) FROM " + name + " WHERE v = 2"), "1") << to_string(one.type);
        apply(make_batch(++offset, many.take()));
        EXPECT_EQ(this->one("SELECT count(*) FROM " + name + " WHERE v = 3"), std::to_string(one.values.size()))
            << to_string(one.type);
        EXPECT_EQ(this->one("SELECT count(*) FROM " + name), std::to_string(one.values.size())) << to_string(one.type);
    }
}

TEST_F(Types, ListsOfManyElementsSpanChunks) {
    const auto table =
        make_table("public.t", {column("id", TypeKind::int32), column("l", list_of({TypeKind::varchar}))}, {"id"});
    TableRows changes(table);
    for (int row = 0; row < 5000; ++row) {
        List list;
        for (int element = 0; element < row % 7; ++element)
            list.elements.push_back(element % 3 == 0 ? Cell(Null{}) : Cell("element number " + std::to_string(row)));
        changes.insert({row, row % 11 == 0 ? Cell(Null{}) : Cell(list)});
    }
    apply(make_batch(1, changes.take()));
    EXPECT_EQ(one("SELECT count(*) FROM t WHERE l IS NULL"), "455");
    EXPECT_EQ(one("SELECT count(*) FROM t WHERE l IS NOT NULL AND len(l) <> id % 7"), "0");
    EXPECT_EQ(one("SELECT count(*) FROM (SELECT id, unnest(l) AS e, generate_subscripts(l, 1) AS i FROM t) WHERE CASE "
                  "WHEN (i - 1) % 3 = 0 THEN e IS NOT NULL ELSE e IS DISTINCT FROM 'element number ' || id END"),
              "0");
}

}  // namespace
}  // namespace pintail::duck::testing
