#include "wire/pg_value_text.hpp"

#include <gtest/gtest.h>

#include "wire/pg_cells.hpp"

namespace pintail::wire {
namespace {

// Postgres' own text, read and printed again, is the same text.
void expect_same(const std::string& name, const std::vector<std::string>& texts, int32_t modifier = -1,
                 bool is_array = false) {
    const PgCellPlan plan = plan_pg_cell({name, "b", modifier, is_array, name});
    for (const std::string& text : texts) {
        Arena arena;
        Column column(plan.type);
        plan.from_text(plan, text, arena, column);
        EXPECT_EQ(pg_text(plan.type, column, 0), text) << name;
    }
}

TEST(PgValueText, NumbersAndTruths) {
    expect_same("bool", {"t", "f"});
    expect_same("int2", {"-32768"});
    expect_same("int8", {"9223372036854775807"});
    expect_same("oid", {"4294967295"});
    expect_same("float4",
                {"1.1754944e-38", "1e-45", "123456", "1.234567e+06", "0.0001", "1e-05", "NaN", "-Infinity", "0", "-0"});
    expect_same("float8", {"1.7976931348623157e+308", "5e-324", "123456789012345", "1e+15", "0.1", "Infinity"});
    expect_same("numeric", {"-0.05", "99.99", "0.00"}, (4 << 16 | 2) + 4);
    expect_same("numeric", {"-12345678901234567890123456789012345678"}, (38 << 16) + 4);
}

TEST(PgValueText, DatesAndTimes) {
    expect_same("date", {"2000-02-29", "0001-12-31 BC", "4714-11-24 BC", "5874897-12-31", "0001-01-01", "infinity",
                         "-infinity"});
    expect_same("time", {"00:00:00", "24:00:00", "23:59:59.999999", "04:05:06.7"});
    expect_same("timetz", {"00:00:00+00", "23:59:59.5-15:59:59", "04:05:06+05:30", "24:00:00-03:30"});
    expect_same("timestamp", {"2024-02-29 23:59:59.999999", "4714-11-24 00:00:00 BC", "0044-03-15 12:00:00.1 BC",
                              "294247-01-10 04:00:54.775806", "1969-12-31 23:59:59.999999", "infinity", "-infinity"});
    expect_same("timestamptz", {"2024-02-29 23:59:59+00", "0001-12-31 23:59:59.999999+00 BC"});
    expect_same("interval",
                {"00:00:00", "1 year 2 mons -3 days +04:05:06.789", "-1 years -2 mons +3 days -04:05:06", "1 day",
                 "-1 days", "1 mon", "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808",
                 "178956970 years 7 mons", "-00:00:00.000001"});
}

TEST(PgValueText, BytesBitsAndLists) {
    expect_same("bytea", {"\\x", "\\x00ff"});
    expect_same("varbit", {"0", "10110", "0000000011", "11111111"});
    expect_same("uuid", {"00000000-0000-0000-0000-00000000000a", "ffffffff-ffff-4fff-8fff-ffffffffffff"});
    expect_same("text", {"{}", "{a,\"b,c\",NULL,\"NULL\",\"\",\"null\",\"a b\",\"\\\\\",\"\\\"\",é}"}, -1, true);
    expect_same("timestamp", {"{\"2024-02-29 23:59:59\",infinity,NULL}"}, -1, true);
}

}  // namespace
}  // namespace pintail::wire
