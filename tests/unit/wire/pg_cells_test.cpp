#include "wire/pg_cells.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "wire/decimal_text.hpp"
#include "wire/timestamp_range.hpp"

namespace pintail::wire {
namespace {

using namespace std::string_view_literals;

SourceType type(const std::string& name, int32_t modifier = -1, bool is_array = false) {
    return {name, "b", modifier, is_array, name + (is_array ? "[]" : "")};
}

int32_t numeric(int precision, int scale) {
    return (precision << 16 | (scale & 0x7FF)) + 4;
}

// One column and the arena that its strings lie in.
struct Cells {
    explicit Cells(const SourceType& of) : plan(plan_pg_cell(of)), column(plan.type) {}
    Cells& text(std::string_view value) {
        plan.from_text(plan, value, arena, column);
        return *this;
    }
    Cells& binary(std::string_view value) {
        plan.from_binary(plan, value, arena, column);
        return *this;
    }
    template <typename T>
    T last() const {
        return column.at<T>(column.size() - 1);
    }
    std::string_view last_string() const { return column.string_at(column.size() - 1); }

    PgCellPlan plan;
    Column column;
    Arena arena;
};

void expect_refusal(const SourceType& of, std::string_view value) {
    Cells cells(of);
    EXPECT_THROW(cells.text(value), Error) << value;
    EXPECT_EQ(cells.column.size(), 0u) << value;
}

// A value of its type that the column cannot hold.
void expect_beyond(const SourceType& of, std::string_view value) {
    Cells cells(of);
    EXPECT_THROW(cells.text(value), BeyondType) << value;
    EXPECT_EQ(cells.column.size(), 0u) << value;
}

// What stands beside the column for a binary value that it cannot hold.
std::string beyond_text(const SourceType& of, std::string_view value) {
    try {
        Cells(of).binary(value);
    } catch (const BeyondType& why) {
        return why.exact_text();
    }
    return "it fits";
}

TEST(PgCells, NumbersFromText) {
    EXPECT_EQ(Cells(type("int2")).text("-32768").last<int16_t>(), -32768);
    EXPECT_EQ(Cells(type("int8")).text("-9223372036854775808").last<int64_t>(), std::numeric_limits<int64_t>::min());
    EXPECT_EQ(Cells(type("oid")).text("4294967295").last<uint32_t>(), 4294967295u);
    EXPECT_EQ(Cells(type("float4")).text("1.17549435e-38").last<float>(), 1.17549435e-38f);
    EXPECT_EQ(Cells(type("float8")).text("-Infinity").last<double>(), -std::numeric_limits<double>::infinity());
    EXPECT_TRUE(std::isnan(Cells(type("float8")).text("NaN").last<double>()));
    EXPECT_EQ(Cells(type("bool")).text("t").last<uint8_t>(), 1);
    expect_refusal(type("int4"), "2147483648");
    expect_refusal(type("int4"), "1x");
    expect_refusal(type("bool"), "yes");
}

TEST(PgCells, DecimalsKeepTheirScale) {
    EXPECT_EQ(Cells(type("numeric", numeric(12, 2))).text("-1234567890.12").last<int64_t>(), -123456789012);
    EXPECT_EQ(Cells(type("numeric", numeric(4, 0))).text("-9999").last<int16_t>(), -9999);
    EXPECT_EQ(Cells(type("numeric", numeric(3, 3))).text("0.001").last<int16_t>(), 1);
    const auto wide =
        Cells(type("numeric", numeric(38, 10))).text("-1234567890123456789012345678.0123456789").last<Int128>();
    const WideInt expected =
        -(static_cast<WideInt>(12345678901234567890ULL) * 1000000000000000000LL + 123456780123456789LL);
    EXPECT_EQ(wide.low, static_cast<uint64_t>(expected));
    EXPECT_EQ(wide.high, static_cast<int64_t>(expected >> 64));
    expect_beyond(type("numeric", numeric(12, 2)), "NaN");
    expect_beyond(type("numeric", numeric(4, 2)), "100.00");
    EXPECT_EQ(Cells(type("numeric")).text("1e-5000").last_string(), "1e-5000");
    EXPECT_EQ(Cells(type("money")).text("-$1,234.56").last<Int128>().low, static_cast<uint64_t>(-123456));
}

TEST(PgCells, DecimalsFromBinaryDigits) {
    // 1234567890.12: digits 12, 3456, 7890, 1200 with weight 2
    const std::string_view bytes = "\0\4\0\2\0\0\0\2\0\x0c\x0d\x80\x1e\xd2\4\xb0"sv;
    EXPECT_EQ(Cells(type("numeric", numeric(12, 2))).binary(bytes).last<int64_t>(), 123456789012);
    // 38 nines: the first digit of base 10000 is only half used
    Cells widest(type("numeric", numeric(38, 0)));
    widest.binary(
        "\0\x0a\0\x09\0\0\0\0\0\x63\x27\x0f\x27\x0f\x27\x0f\x27\x0f\x27\x0f\x27\x0f\x27\x0f\x27\x0f\x27\x0f"sv);
    EXPECT_EQ(widest.last<Int128>(), Cells(type("numeric", numeric(38, 0))).text(std::string(38, '9')).last<Int128>());
    // -0.0001: one digit 1 with weight -1
    EXPECT_EQ(Cells(type("numeric", numeric(8, 4))).binary("\0\1\xff\xff\x40\0\0\4\0\1"sv).last<int32_t>(), -1);
    EXPECT_EQ(Cells(type("numeric", numeric(8, 4))).binary("\0\0\0\0\0\0\0\4"sv).last<int32_t>(), 0);
    EXPECT_EQ(beyond_text(type("numeric", numeric(8, 4)), "\0\0\0\0\xc0\0\0\0"sv), "NaN");
}

TEST(PgCells, DatesAtTheirEdges) {
    EXPECT_EQ(Cells(type("date")).text("1970-01-01").last<int32_t>(), 0);
    EXPECT_EQ(Cells(type("date")).text("4714-11-24 BC").last<int32_t>(), kFirstPostgresDate);
    EXPECT_EQ(Cells(type("date")).text("5874897-12-31").last<int32_t>(), kLastPostgresDate);
    EXPECT_EQ(Cells(type("date")).text("0001-12-31 BC").last<int32_t>(), -719163);
    EXPECT_EQ(Cells(type("date")).text("infinity").last<int32_t>(), kDateInfinity);
    EXPECT_EQ(Cells(type("date")).binary("\x80\0\0\0"sv).last<int32_t>(), -kDateInfinity);
    EXPECT_EQ(Cells(type("date")).binary("\0\0\0\1"sv).last<int32_t>(), 10958);
}

TEST(PgCells, TimestampsAtTheirEdges) {
    EXPECT_EQ(Cells(type("timestamp")).text("2024-02-29 23:59:59.999999").last<int64_t>(), 1709251199999999);
    EXPECT_EQ(Cells(type("timestamp")).text("4714-11-24 00:00:00 BC").last<int64_t>(), kFirstTimestampMicros);
    EXPECT_EQ(Cells(type("timestamptz")).text("1970-01-01 00:00:00.5+00").last<int64_t>(), 500000);
    EXPECT_EQ(Cells(type("timestamptz")).text("0044-03-15 12:00:00+00 BC").last<int64_t>(), -63517780800000000);
    EXPECT_EQ(Cells(type("timestamp")).text("-infinity").last<int64_t>(), -kTimestampInfinity);
    EXPECT_EQ(Cells(type("timestamp")).binary("\0\0\0\0\0\0\0\1"sv).last<int64_t>(), 946684800000001);
    expect_beyond(type("timestamp"), "294276-12-31 23:59:59.999999");
}

TEST(PgCells, BinaryValuesBeyondTheirColumnHaveTheTextThatPostgresPrints) {
    const std::string_view last = "\x7f\xff\xff\x5b\xb3\xb2\x9f\xff"sv;  // 294276-12-31 23:59:59.999999
    EXPECT_EQ(beyond_text(type("timestamp"), last), "294276-12-31 23:59:59.999999");
    EXPECT_EQ(beyond_text(type("timestamptz"), last), "294276-12-31 23:59:59.999999+00");
    EXPECT_EQ(beyond_text(type("varbit"), "\0\0\0\0"sv), "");
    EXPECT_EQ(beyond_text(type("timestamp"), "\0\0\0\0\0\0\0\1"sv), "it fits");
}

TEST(PgCells, WholeColumnsAsText) {
    const PgCellPlan plan = plan_pg_cell(type("numeric", numeric(4, 2)), ColumnPolicy::varchar);
    EXPECT_EQ(plan.type.kind, TypeKind::varchar);
    EXPECT_EQ(plan.from_binary, nullptr);
    EXPECT_EQ(plan_pg_cell(type("int4", -1, true), ColumnPolicy::varchar).type.kind, TypeKind::varchar);
}

TEST(PgCells, HstoreIsAnObject) {
    const std::string_view text = R"("a"=>"1", "b\"\\ü"=>NULL, ""=>"NULL")";
    EXPECT_EQ(Cells(type("hstore")).text(text).last_string(), R"({"a":"1","b\"\\ü":null,"":"NULL"})");
    EXPECT_EQ(Cells(type("hstore")).text("").last_string(), "{}");
    expect_refusal(type("hstore"), R"("a"=>)");
}

TEST(PgCells, TimesAndIntervals) {
    EXPECT_EQ(Cells(type("time")).text("24:00:00").last<int64_t>(), 86'400'000'000);
    EXPECT_EQ(Cells(type("timetz")).text("04:05:06.789-03:30").last<uint64_t>(), time_tz_cell(14706789000, -12600));
    EXPECT_EQ(Cells(type("interval")).text("1 year 2 mons -3 days +04:05:06.789").last<Interval>(),
              (Interval{14, -3, 14706789000}));
    EXPECT_EQ(Cells(type("interval")).text("-1 days -00:00:00.000001").last<Interval>(), (Interval{0, -1, -1}));
    EXPECT_EQ(Cells(type("interval")).text("00:00:00").last<Interval>(), (Interval{0, 0, 0}));
    EXPECT_EQ(Cells(type("interval")).text("1 mon").last<Interval>(), (Interval{1, 0, 0}));
    EXPECT_EQ(Cells(type("interval")).text("2562047788:00:54.775807").last<Interval>().micros,
              std::numeric_limits<int64_t>::max());
    expect_beyond(type("interval"), "infinity");
    expect_beyond(type("interval"), "-infinity");
    EXPECT_EQ(Cells(type("interval")).text("-2562047788:00:54.775808").last<Interval>().micros,
              std::numeric_limits<int64_t>::min());
    EXPECT_EQ(Cells(type("interval")).plan.from_binary, nullptr)
        << "what infinity is depends on the server's version: its text says it";
    expect_refusal(type("timetz"), "00:00:00+15:59:59.5");
}

TEST(PgCells, BytesBitsAndUuids) {
    EXPECT_EQ(Cells(type("bytea")).text("\\x00ff10").last_string(), "\0\xff\x10"sv);
    EXPECT_EQ(Cells(type("bytea")).text("\\x").last_string(), "");
    EXPECT_EQ(Cells(type("varbit")).text("10110").last_string(), "\x03\xf6"sv);
    EXPECT_EQ(Cells(type("varbit")).binary("\0\0\0\5\xb0"sv).last_string(), "\x03\xf6"sv);
    EXPECT_EQ(Cells(type("varbit")).text("0000000011").last_string(), "\x06\xfc\x03"sv);
    expect_beyond(type("varbit"), "");
    const auto uuid = Cells(type("uuid")).text("00000000-0000-0000-0000-00000000000a").last<Int128>();
    EXPECT_EQ(uuid, (Int128{10, std::numeric_limits<int64_t>::min()}));
    EXPECT_EQ(Cells(type("jsonb")).binary("\1{\"a\": 1}"sv).last_string(), "{\"a\": 1}");
    expect_refusal(type("text"), "\xff");
}

TEST(PgCells, ListsOfOneDimension) {
    Cells cells(type("text", -1, true));
    cells.text(R"({a,"b,\"c\\",NULL,"NULL",""})").text("{}");
    EXPECT_EQ(cells.column.at<ListCell>(0), (ListCell{0, 5}));
    EXPECT_EQ(cells.column.at<ListCell>(1), (ListCell{5, 0}));
    const Column& elements = cells.column.child(0);
    SourceType boxes = type("box", -1, true);
    boxes.delimiter = ';';
    EXPECT_EQ(elements.string_at(0), "a");
    EXPECT_EQ(elements.string_at(1), "b,\"c\\");
    EXPECT_TRUE(elements.is_null(2));
    EXPECT_EQ(elements.string_at(3), "NULL");
    EXPECT_EQ(elements.string_at(4), "");
    EXPECT_EQ(Cells(boxes).text("{(1,1),(0,0);(2,2),(1,1)}").column.at<ListCell>(0).length, 2u);
    for (const auto& value : {"{1,", "1,2"}) expect_refusal(type("int4", -1, true), value);
    for (const auto& value : {"{{1,2},{3,4}}", "[0:1]={1,2}", "{{{}}}"}) expect_beyond(type("int4", -1, true), value);
    expect_beyond(type("numeric", numeric(4, 2), true), "{1.00,NaN}");
}

}  // namespace
}  // namespace pintail::wire
