// The small readers of texts, each with its extremes and its garbage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "wire/binary_text.hpp"
#include "wire/bit_string.hpp"
#include "wire/decimal_text.hpp"
#include "wire/iso_time.hpp"
#include "wire/json_string.hpp"
#include "wire/timestamp_range.hpp"
#include "wire/unavailable_value.hpp"
#include "wire/uuid_text.hpp"
#include "wire/whole_number.hpp"

namespace pintail::wire {
namespace {

using namespace std::string_literals;

std::string unescaped(std::string_view raw) {
    std::string text;
    append_unescaped(raw, text);
    return text;
}

TEST(JsonString, EscapesBecomeCharacters) {
    EXPECT_EQ(unescaped(R"(a\"b\\c\/d\b\f\n\r\t)"), "a\"b\\c/d\b\f\n\r\t");
    EXPECT_EQ(unescaped(R"(\u0041\u00e9\u20AC\uD83D\ude00)"), "Aé€😀");
    EXPECT_EQ(unescaped(R"(\u0000)"), "\0"s);
    EXPECT_EQ(unescaped(""), "");
}

TEST(JsonString, BrokenEscapesAreErrors) {
    for (const char* raw : {"\\", "\\x", "\\u", "\\u12", "\\u12G4", R"(\uD800)", R"(\uDC00)", R"(\uD800\u0041)",
                            R"(\uD800x)", R"(\uDC00\uD800)", R"(\uD83D\uD83D)"}) {
        EXPECT_THROW(unescaped(raw), Error) << raw;
    }
}

TEST(JsonString, QuotingIsTheReverse) {
    EXPECT_EQ(json_quoted("a\"\\\n\t\x01é"), R"("a\"\\\n\t\u0001é")");
}

TEST(JsonString, NumbersByGrammar) {
    for (const char* text : {"0", "-0", "12", "-1.5", "1e5", "1.25E-10", "0.1e+1"})
        EXPECT_TRUE(is_json_number(text)) << text;
    for (const char* text : {"", "-", "01", "1.", ".5", "1e", "+1", "NaN", "1 ", "0x1", "--1", "1.5.5"}) {
        EXPECT_FALSE(is_json_number(text)) << text;
    }
}

TEST(Base64, BothAlphabets) {
    for (const auto& [text, bytes] :
         std::initializer_list<std::pair<std::string, std::string>>{{"", ""},
                                                                    {"AA==", "\0"s},
                                                                    {"AP8=", "\x00\xff"s},
                                                                    {"//79AA==", "\xff\xfe\xfd\0"s},
                                                                    {"__79AA==", "\xff\xfe\xfd\0"s},
                                                                    {"aGVsbG8=", "hello"},
                                                                    {"Zm9v", "foo"}}) {
        std::string decoded;
        EXPECT_TRUE(append_base64(text, decoded)) << text;
        EXPECT_EQ(decoded, bytes) << text;
    }
    EXPECT_EQ(to_base64("hello"), "aGVsbG8=");
    EXPECT_EQ(to_base64(""), "");
}

TEST(Base64, GarbageIsRefused) {
    for (const char* text :
         {"A", "AA", "NaN", "A===", "AAAAA", "A=", "AA=", "AAA==", "AA==AA==", "12.5", "AA A", "====", "é=="}) {
        std::string decoded;
        EXPECT_FALSE(append_base64(text, decoded)) << text;
    }
}

TEST(Hex, DigitsInPairs) {
    std::string bytes;
    EXPECT_TRUE(append_hex("00fFaB", bytes));
    EXPECT_EQ(bytes, "\x00\xff\xab"s);
    EXPECT_FALSE(append_hex("0", bytes));
    EXPECT_FALSE(append_hex("0g", bytes));
    EXPECT_EQ(to_hex("\x00\xab"s), "00ab");
}

std::string decimal_of_base64(std::string_view text, int scale) {
    std::string bytes;
    EXPECT_TRUE(append_base64(text, bytes));
    return decimal_text(bytes, scale);
}

// The examples of Debezium's documentation and tests.
TEST(Decimal, BigEndianIntegersOfAnyLength) {
    EXPECT_EQ(decimal_of_base64("bg==", 2), "1.10");
    EXPECT_EQ(decimal_of_base64("/h3t", 2), "-1234.11");
    EXPECT_EQ(decimal_of_base64("A2P4", 4), "22.2200");
    EXPECT_EQ(decimal_of_base64("AP8=", 0), "255");
    EXPECT_EQ(decimal_of_base64("/w==", 0), "-1");
    EXPECT_EQ(decimal_of_base64("AYr3", 4), "10.1111");
    EXPECT_EQ(decimal_of_base64("AA==", 3), "0.000");
    EXPECT_EQ(decimal_of_base64("gA==", 5), "-0.00128");
    EXPECT_EQ(decimal_of_base64("DA==", -3), "12000");
    EXPECT_EQ(decimal_of_base64("AA==", -3), "0");
    EXPECT_EQ(decimal_text(std::string(16, '\xff'), 0), "-1");
    EXPECT_EQ(decimal_text("\x01"s + std::string(16, '\0'), 0), "340282366920938463463374607431768211456");
    EXPECT_EQ(decimal_text("\xff"s + std::string(16, '\0'), 0), "-340282366920938463463374607431768211456");
    EXPECT_EQ(decimal_text("", 0), "0");
}

TEST(Decimal, NarrowAndWideIntegersHaveTheSameText) {
    const WideInt smallest = -power_of_ten(38) - power_of_ten(38) / 10 * 7;  // beyond 38 digits, within 128 bits
    for (const WideInt value : {WideInt{0}, WideInt{-1}, WideInt{12345}, power_of_ten(38), smallest}) {
        std::string bytes;
        for (int shift = 120; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
        for (const int scale : {-2, 0, 1, 5, 40}) {
            std::string text;
            append_decimal_text(value, scale, text);
            EXPECT_EQ(text, decimal_text(bytes, scale));
        }
    }
    const std::string lowest = "\x80" + std::string(15, '\0');
    std::string text;
    append_decimal_text(*from_big_endian(lowest), 0, text);
    EXPECT_EQ(text, "-170141183460469231731687303715884105728");
    EXPECT_EQ(decimal_text(lowest, 0), text);
}

TEST(Decimal, TextsKeepEveryDigit) {
    EXPECT_EQ(parse_decimal("-12.50", 2), WideInt{-1250});
    EXPECT_EQ(parse_decimal("12.5", 2), WideInt{1250});
    EXPECT_EQ(parse_decimal("1.25E+1", 1), WideInt{125});
    EXPECT_EQ(parse_decimal("125e-1", 1), WideInt{125});
    EXPECT_EQ(parse_decimal("0", 38), WideInt{0});
    EXPECT_EQ(parse_decimal("0.000", 1), WideInt{0});
    EXPECT_EQ(parse_decimal("12.500", 1), WideInt{125});
    EXPECT_EQ(parse_decimal("99999999999999999999999999999999999999", 0), power_of_ten(38) - 1);
    EXPECT_EQ(parse_decimal("-9999999999999999999999999999.9999999999", 10), 1 - power_of_ten(38));
}

TEST(Decimal, GarbageAndCutDigitsAreRefused) {
    for (const char* text : {"", "-", ".", "abc", "1.2.3", "12x", "1e", "1e999999999", "NaN", "Kg==", "0x10", "+1"}) {
        EXPECT_EQ(parse_decimal(text, 2), std::nullopt) << text;
    }
    EXPECT_EQ(parse_decimal("1.234", 2), std::nullopt);
    EXPECT_EQ(parse_decimal("100000000000000000000000000000000000000", 0), std::nullopt);
    EXPECT_EQ(parse_decimal("1e37", 2), std::nullopt);
}

TEST(Decimal, PushedCellsAreAsWideAsTheirPrecision) {
    for (const int precision : {1, 4, 5, 9, 10, 18, 19, 38}) {
        Column column(decimal_type(static_cast<uint8_t>(precision), 0));
        const WideInt largest = power_of_ten(precision) - 1;
        EXPECT_TRUE(push_decimal(largest, static_cast<uint8_t>(precision), column));
        EXPECT_TRUE(push_decimal(-largest, static_cast<uint8_t>(precision), column));
        EXPECT_FALSE(push_decimal(largest + 1, static_cast<uint8_t>(precision), column));
        EXPECT_FALSE(push_decimal(-largest - 1, static_cast<uint8_t>(precision), column));
        EXPECT_EQ(column.size(), 2U);
    }
}

TEST(Decimal, BigEndianOfSixteenBytes) {
    EXPECT_EQ(from_big_endian("\x7f"), WideInt{127});
    EXPECT_EQ(from_big_endian("\x80"), WideInt{-128});
    EXPECT_EQ(from_big_endian(std::string(16, '\xff')), WideInt{-1});
    EXPECT_EQ(from_big_endian(""), std::nullopt);
    EXPECT_EQ(from_big_endian(std::string(17, '\0')), std::nullopt);
}

TEST(WholeNumber, AllLengthsAndLimits) {
    int64_t value = 0;
    for (int64_t number = 1, sum = 0; number < 1'000'000'000'000'000'000; sum = sum * 10 + 7, number = sum) {
        EXPECT_EQ(parse_whole(std::to_string(-number), value), WholeNumber::ok);
        EXPECT_EQ(value, -number);
        if (sum > 100'000'000'000'000'000) break;
    }
    EXPECT_EQ(parse_whole("9223372036854775807", value), WholeNumber::ok);
    EXPECT_EQ(value, INT64_MAX);
    EXPECT_EQ(parse_whole("-9223372036854775808", value), WholeNumber::ok);
    EXPECT_EQ(value, INT64_MIN);
    EXPECT_EQ(parse_whole("9223372036854775808", value), WholeNumber::out_of_range);
    EXPECT_EQ(parse_whole("1234567890123456789012", value), WholeNumber::out_of_range);
    for (const char* text : {"", "-", "1.0", "1e3", "1234567x", "12345678:", "12345678/", "0x12345678", "--1", "+1"}) {
        EXPECT_EQ(parse_whole(text, value), WholeNumber::no_number) << text;
    }
}

TEST(WholeNumber, NarrowTypes) {
    int16_t small = 0;
    uint32_t id = 0;
    EXPECT_EQ(parse_whole("-32768", small), WholeNumber::ok);
    EXPECT_EQ(small, -32768);
    EXPECT_EQ(parse_whole("32768", small), WholeNumber::out_of_range);
    EXPECT_EQ(parse_whole("4294967295", id), WholeNumber::ok);
    EXPECT_EQ(id, 4294967295U);
    EXPECT_EQ(parse_whole("4294967296", id), WholeNumber::out_of_range);
    EXPECT_EQ(parse_whole("-1", id), WholeNumber::out_of_range);
}

TEST(IsoTime, Dates) {
    EXPECT_EQ(parse_iso_date("1970-01-01"), 0);
    EXPECT_EQ(parse_iso_date("2024-02-29Z"), 19782);
    EXPECT_EQ(parse_iso_date("-4713-11-24"), kFirstPostgresDate);
    EXPECT_EQ(parse_iso_date("+5874897-12-31"), kLastPostgresDate);
    for (const char* text : {"", "2024", "2024-2-29", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01",
                             "2024-01-32", "2024-01-00", "24-01-01", "2024-01-01X", "infinity"}) {
        EXPECT_EQ(parse_iso_date(text), std::nullopt) << text;
    }
}

TEST(IsoTime, Times) {
    EXPECT_EQ(parse_iso_time("00:00:00Z"), 0);
    EXPECT_EQ(parse_iso_time("12:34:56.789012Z"), 45296789012);
    EXPECT_EQ(parse_iso_time("12:34:56.789012000"), 45296789012);
    EXPECT_EQ(parse_iso_time("12:34"), 45240000000);
    EXPECT_EQ(parse_iso_time("24:00:00"), kMicrosPerDay);
    for (const char* text :
         {"", "12", "12:60:00", "12:34:60", "24:00:00.000001", "25:00:00", "12:34:56.", "12:34:56.1234567", "1:2:3"}) {
        EXPECT_EQ(parse_iso_time(text), std::nullopt) << text;
    }
}

TEST(IsoTime, ZonedTimes) {
    int32_t offset = 1;
    EXPECT_EQ(parse_iso_zoned_time("11:51:30.1Z", offset), 42690100000);
    EXPECT_EQ(offset, 0);
    EXPECT_EQ(parse_iso_zoned_time("11:51:30-03:30", offset), 42690000000);
    EXPECT_EQ(offset, -12600);
    EXPECT_EQ(parse_iso_zoned_time("11:51:30", offset), std::nullopt);
    EXPECT_EQ(parse_iso_zoned_time("11:51:30+", offset), std::nullopt);
}

TEST(IsoTime, Timestamps) {
    EXPECT_EQ(parse_iso_timestamp("1970-01-01T00:00:00Z"), 0);
    EXPECT_EQ(parse_iso_timestamp("1969-12-31T23:59:59.999999Z"), -1);
    EXPECT_EQ(parse_iso_timestamp("2016-11-04T13:51:30+02:00"), 1478260290000000);
    EXPECT_EQ(parse_iso_timestamp("2016-11-04T11:51:30.123456"), 1478260290123456);
    EXPECT_EQ(parse_iso_timestamp("-0043-03-15T01:02:03.004005Z"), -63517820276995995);
    EXPECT_EQ(parse_iso_timestamp("+294247-01-10T04:00:54.775806Z"), kLastTimestampMicros);
    for (const char* text : {"", "2016-11-04", "2016-11-04 11:51:30Z", "2016-11-04T11:51:30z", "2016-11-04T11:51:30ZZ",
                             "+999999999-01-01T00:00:00Z", "2016-02-30T00:00:00Z"}) {
        EXPECT_EQ(parse_iso_timestamp(text), std::nullopt) << text;
    }
}

TEST(IsoTime, Intervals) {
    EXPECT_EQ(parse_iso_interval("P1Y2M3DT4H5M6.789012S"), (Interval{14, 3, 14706789012}));
    EXPECT_EQ(parse_iso_interval("P-1Y-2M3DT-4H-5M-6.000001S"), (Interval{-14, 3, -14706000001}));
    EXPECT_EQ(parse_iso_interval("P0Y0M0DT0H0M0S"), Interval{});
    EXPECT_EQ(parse_iso_interval("P2W"), (Interval{0, 14, 0}));
    EXPECT_EQ(parse_iso_interval("PT-0.5S"), (Interval{0, 0, -500000}));
    EXPECT_EQ(parse_iso_interval("P178956970Y7M"), (Interval{INT32_MAX, 0, 0}));
    for (const char* text :
         {"", "P", "PT", "P1", "1Y", "P1X", "P1.5Y", "P1S", "PT1D", "P178956971Y", "P9999999999D", "PT1S1"}) {
        EXPECT_EQ(parse_iso_interval(text), std::nullopt) << text;
    }
}

TEST(BitString, OnesInThePaddingBitsInOrder) {
    EXPECT_EQ(bit_cell("\x15"s, 5), "\x03\xf5"s);  // 10101
    EXPECT_EQ(bit_cell("", 1), "\x07\xfe"s);       // 0
    EXPECT_EQ(bit_cell("\x01\x80"s, 16), "\x00\x80\x01"s);
    EXPECT_EQ(bit_cell("\x01", 9), "\x07\xfe\x01"s);
    EXPECT_EQ(significant_bits(""), 0U);
    EXPECT_EQ(significant_bits("\x00\x00"s), 0U);
    EXPECT_EQ(significant_bits("\x06"s), 3U);
    EXPECT_EQ(significant_bits("\x00\x01\x00"s), 9U);
}

TEST(Uuid, OrderOfTheTextIsOrderOfTheCells) {
    EXPECT_EQ(parse_uuid("00112233-4455-6677-8899-aabbccddeeff"),
              (Int128{0x8899aabbccddeeff, static_cast<int64_t>(0x8011223344556677)}));
    EXPECT_EQ(parse_uuid("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"), (Int128{UINT64_MAX, INT64_MAX}));
    EXPECT_LT(parse_uuid("00000000-0000-0000-0000-000000000000")->high,
              parse_uuid("80000000-0000-0000-0000-000000000000")->high);
    for (const char* text : {"", "00112233-4455-6677-8899-aabbccddeef", "00112233445566778899aabbccddeeff",
                             "00112233-4455-6677-8899-aabbccddeefg", "00112233-4455-6677-8899_aabbccddeeff"}) {
        EXPECT_EQ(parse_uuid(text), std::nullopt) << text;
    }
}

TEST(UnavailableValue, EverySpelling) {
    const UnavailableValue value("__debezium_unavailable_value");
    EXPECT_EQ(value.text(), R"("__debezium_unavailable_value")");
    EXPECT_EQ(value.base64(), R"("X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==")");
    EXPECT_EQ(value.uuid(), R"(["b68a35a7-17ad-35b3-af2a-ae46edb4545a"])");
    EXPECT_THAT(value.codes(), ::testing::StartsWith("[95,95,100,101,98,"));
    EXPECT_EQ(value.map_text(), R"("{\"__debezium_unavailable_value\":\"__debezium_unavailable_value\"}")");
    EXPECT_EQ(UnavailableValue("hex:4142").text(), R"("AB")");
    EXPECT_THROW(UnavailableValue("hex:4"), Error);
}

}  // namespace
}  // namespace pintail::wire
