// Values as the send functions write them: network order, dates and times since 2000-01-01.
#include <simdjson.h>

#include <limits>

#include "wire/byte_reader.hpp"
#include "wire/decimal_text.hpp"
#include "wire/iso_time.hpp"
#include "wire/pg_cell_decoders.hpp"
#include "wire/pg_value_text.hpp"
#include "wire/timestamp_range.hpp"
#include "wire/uuid_text.hpp"

namespace pintail::wire {
namespace {

constexpr int64_t kEpochDays = 10957;  // 1970-01-01 to 2000-01-01
constexpr int64_t kEpochMicros = kEpochDays * kMicrosPerDay;

template <typename Integer>
Integer whole(const PgCellPlan& plan, std::string_view value) {
    if (value.size() != sizeof(Integer)) throw unfit(plan, "not of its type's length");
    return from_network<Integer>(value.data());
}

// numeric_send: digits of base 10000, the first one worth 10000^weight (numeric.c).
struct BinaryNumeric {
    explicit BinaryNumeric(std::string_view value) : in(value) {
        digits = in.number<uint16_t>();
        weight = in.number<int16_t>();
        sign = in.number<uint16_t>();
        in.number<uint16_t>();  // digits to show behind the point: the column's scale says it
    }
    ByteReader in;
    uint16_t digits;
    int16_t weight;
    uint16_t sign;
};

constexpr uint16_t kNegative = 0x4000;
constexpr uint16_t kNotANumber = 0xC000;

// Adds digit · 10000^place · 10^scale; false when that has more than 38 digits or a part below 1.
bool add_digit(WideInt& sum, uint16_t digit, int place, int scale) {
    const int exponent = place * 4 + scale;
    WideInt part = digit;
    if (exponent >= 0) {
        if (digit == 0) return true;
        if (exponent > kWidestDecimal || part >= power_of_ten(kWidestDecimal - exponent)) return false;
        part *= power_of_ten(exponent);
    } else {
        for (int i = exponent; i < 0; ++i) {
            if (part % 10 != 0) return false;
            part /= 10;
        }
    }
    sum += part;
    return true;
}

}  // namespace

void binary_to_boolean(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    column.push(static_cast<uint8_t>(whole<uint8_t>(plan, value) != 0));
}

void binary_to_int16(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    column.push(whole<int16_t>(plan, value));
}

void binary_to_int32(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    column.push(whole<int32_t>(plan, value));
}

void binary_to_int64(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    column.push(whole<int64_t>(plan, value));
}

void binary_to_decimal(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    BinaryNumeric number(value);
    if (number.sign == kNotANumber) throw beyond(plan, "it is NaN", "NaN");
    WideInt sum = 0;
    bool fits = number.sign == 0 || number.sign == kNegative;
    for (int i = 0; fits && i < number.digits; ++i) {
        fits = add_digit(sum, number.in.number<uint16_t>(), number.weight - i, plan.type.scale);
    }
    if (number.sign == kNegative) sum = -sum;
    if (!fits || !push_decimal(sum, plan.type.precision, column)) throw unfit(plan, "too many digits");
}

void binary_to_money(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    push_decimal(whole<int64_t>(plan, value), plan.type.precision, column);
}

void binary_to_blob(const PgCellPlan&, std::string_view value, Arena& arena, Column& column) {
    column.push_string(value, arena);
}

// The number of bits, then the bits from the left; DuckDB wants the pad in front.
void binary_to_bits(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    ByteReader in(value);
    const auto length = in.number<uint32_t>();
    if (length == 0) throw beyond(plan, "DuckDB has no bit string without bits");
    std::string digits(length, '0');
    const std::string_view bytes = in.bytes((length + 7) / 8);
    for (uint32_t i = 0; i < length; ++i) digits[i] = static_cast<char>('0' + (bytes[i / 8] >> (7 - i % 8) & 1));
    text_to_bits(plan, digits, arena, column);
}

void binary_to_uuid(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    if (value.size() != 16) throw unfit(plan, "not of its type's length");
    column.push(uuid_cell(reinterpret_cast<const unsigned char*>(value.data())));
}

void binary_to_jsonb(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    ByteReader in(value);
    if (in.number<uint8_t>() != 1) throw unfit(plan, "an unknown version of jsonb");
    text_to_string(plan, in.rest(), arena, column);
}

void binary_to_date(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    const auto days = whole<int32_t>(plan, value);
    if (days == std::numeric_limits<int32_t>::max()) return column.push(kDateInfinity);
    if (days == std::numeric_limits<int32_t>::min()) return column.push(-kDateInfinity);
    column.push(static_cast<int32_t>(days + kEpochDays));
}

void binary_to_time(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    column.push(whole<int64_t>(plan, value));
}

void binary_to_time_tz(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    ByteReader in(value);
    const auto micros = in.number<int64_t>();
    const auto seconds_west = in.number<int32_t>();
    if (!is_storable_offset(-seconds_west)) throw unfit(plan, "its zone lies beyond 15:59:59");
    column.push(time_tz_cell(micros, -seconds_west));
}

void binary_to_timestamp(const PgCellPlan& plan, std::string_view value, Arena&, Column& column) {
    const auto micros = whole<int64_t>(plan, value);
    if (micros == std::numeric_limits<int64_t>::max()) return column.push(kTimestampInfinity);
    if (micros == std::numeric_limits<int64_t>::min()) return column.push(-kTimestampInfinity);
    int64_t since_1970 = 0;
    if (__builtin_add_overflow(micros, kEpochMicros, &since_1970) || !is_storable_timestamp(since_1970)) {
        throw beyond(plan, kBeyondTimestamps,
                     pg_timestamp_text(micros / kMicrosPerDay + kEpochDays, micros % kMicrosPerDay,
                                       plan.type.kind == TypeKind::timestamp_tz));
    }
    column.push(since_1970);
}

}  // namespace pintail::wire
