#include "wire/pg_value_text.hpp"

#include <fmt/format.h>

#include <strings.h>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/error.hpp"
#include "wire/binary_text.hpp"
#include "wire/decimal_text.hpp"
#include "wire/iso_time.hpp"
#include "wire/timestamp_range.hpp"

namespace pintail::wire {
namespace {

struct CivilDate {
    int64_t year;
    unsigned month;
    unsigned day;
};

// Howard Hinnant's civil_from_days: years begin in March, eras of 400 of them are alike.
CivilDate civil_of(int64_t days) {
    days += 719'468;
    const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
    const int64_t day_of_era = days - era * 146'097;
    const int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
    const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const int64_t month = (5 * day_of_year + 2) / 153;
    const auto day = static_cast<unsigned>(day_of_year - (153 * month + 2) / 5 + 1);
    const auto civil_month = static_cast<unsigned>(month < 10 ? month + 3 : month - 9);
    return {year_of_era + era * 400 + (civil_month <= 2 ? 1 : 0), civil_month, day};
}

constexpr const char* kBeforeChrist = " BC";

// The era stands behind everything else.
std::string date_part(int64_t days, bool& before_christ) {
    const CivilDate date = civil_of(days);
    before_christ = date.year <= 0;
    return fmt::format("{:04}-{:02}-{:02}", before_christ ? 1 - date.year : date.year, date.month, date.day);
}

std::string fraction(int64_t micros) {
    if (micros == 0) return {};
    std::string text = fmt::format(".{:06}", micros);
    text.erase(text.find_last_not_of('0') + 1);
    return text;
}

// 0 <= micros, of any number of hours.
std::string clock_text(uint64_t micros) {
    const uint64_t seconds = micros / kMicrosPerSecond;
    return fmt::format("{:02}:{:02}:{:02}{}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                       fraction(static_cast<int64_t>(micros % kMicrosPerSecond)));
}

std::string date_text(int32_t days) {
    if (days == kDateInfinity || days == -kDateInfinity) return days > 0 ? "infinity" : "-infinity";
    bool before_christ = false;
    const std::string date = date_part(days, before_christ);
    return date + (before_christ ? kBeforeChrist : "");
}

std::string timestamp_text(int64_t micros, bool with_zone) {
    if (micros == kTimestampInfinity || micros == -kTimestampInfinity) return micros > 0 ? "infinity" : "-infinity";
    int64_t days = micros / kMicrosPerDay;
    if (micros % kMicrosPerDay < 0) --days;
    return pg_timestamp_text(days, micros - days * kMicrosPerDay, with_zone);
}

std::string time_tz_text(uint64_t cell) {
    const int32_t east = kLargestOffsetSeconds - static_cast<int32_t>(cell & 0xFFFFFF);
    const int32_t seconds = std::abs(east);
    std::string text = clock_text(cell >> 24) + fmt::format("{}{:02}", east < 0 ? '-' : '+', seconds / 3600);
    if (seconds % 3600 != 0) text += fmt::format(":{:02}", seconds / 60 % 60);
    if (seconds % 60 != 0) text += fmt::format(":{:02}", seconds % 60);
    return text;
}

// EncodeInterval, style postgres: a positive part behind a negative one has its sign.
std::string interval_text(const Interval& interval) {
    std::string text;
    bool after_negative = false;
    const auto add = [&](int64_t amount, const char* unit) {
        if (amount == 0) return;
        text += fmt::format("{}{}{} {}{}", text.empty() ? "" : " ", after_negative && amount > 0 ? "+" : "", amount,
                            unit, amount == 1 ? "" : "s");
        after_negative = amount < 0;
    };
    add(interval.months / 12, "year");
    add(interval.months % 12, "mon");
    add(interval.days, "day");
    if (interval.micros == 0 && !text.empty()) return text;
    const bool negative = interval.micros < 0;
    const uint64_t size =
        negative ? 0 - static_cast<uint64_t>(interval.micros) : static_cast<uint64_t>(interval.micros);
    return text + (text.empty() ? "" : " ") + (negative ? "-" : after_negative ? "+" : "") + clock_text(size);
}

// The shortest digits that read back as the same number, with an exponent where Postgres writes one.
template <typename Number>
std::string float_text(Number number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
    constexpr int kFirstExponent = sizeof(Number) == 4 ? 6 : 15;
    char buffer[64];
    const auto shortest = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific);
    const std::string text(buffer, shortest.ptr);
    const int exponent = std::atoi(text.c_str() + text.find('e') + 1);
    if (exponent < -4 || exponent >= kFirstExponent) return text;
    const auto plain = std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::fixed);
    return {buffer, plain.ptr};
}

// DuckDB's form: the number of pad bits, then the bits behind them.
std::string bit_text(std::string_view cell) {
    std::string text;
    const auto padding = static_cast<size_t>(cell[0]);
    for (size_t bit = padding; bit < (cell.size() - 1) * 8; ++bit)
        text += cell[1 + bit / 8] >> (7 - bit % 8) & 1 ? '1' : '0';
    return text;
}

std::string uuid_text(const Int128& cell) {
    const std::string hex =
        fmt::format("{:016x}{:016x}", static_cast<uint64_t>(cell.high) ^ uint64_t{1} << 63, cell.low);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

std::string decimal_cell_text(const ColumnType& type, const Column& column, size_t row) {
    WideInt unscaled = 0;
    switch (column.width()) {
        case 2: unscaled = column.at<int16_t>(row); break;
        case 4: unscaled = column.at<int32_t>(row); break;
        case 8: unscaled = column.at<int64_t>(row); break;
        default: {
            const auto wide = column.at<Int128>(row);
            unscaled = static_cast<WideInt>(wide.high) << 64 | wide.low;
        }
    }
    std::string text;
    append_decimal_text(unscaled, type.scale, text);
    return text;
}

std::string list_text(const ColumnType& type, const Column& column, size_t row, char delimiter) {
    const auto list = column.at<ListCell>(row);
    std::string text = "{";
    for (uint64_t index = list.offset; index < list.offset + list.length; ++index) {
        if (index != list.offset) text += delimiter;
        if (column.child(0).is_null(index)) text += "NULL";
        else append_pg_element(pg_text(type.fields[0].type, column.child(0), index, delimiter), delimiter, text);
    }
    return text + "}";
}

}  // namespace

std::string pg_timestamp_text(int64_t days_since_1970, int64_t micros_of_day, bool with_zone) {
    bool before_christ = false;
    const std::string date = date_part(days_since_1970, before_christ);
    return date + " " + clock_text(static_cast<uint64_t>(micros_of_day)) + (with_zone ? "+00" : "") +
           (before_christ ? kBeforeChrist : "");
}

void append_pg_element(const std::string& text, char delimiter, std::string& to) {
    const bool quoted = text.empty() || strcasecmp(text.c_str(), "NULL") == 0 ||
                        text.find_first_of("\"\\{} \t\n\r\v\f") != std::string::npos ||
                        text.find(delimiter) != std::string::npos;
    if (!quoted) {
        to += text;
        return;
    }
    to += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') to += '\\';
        to += c;
    }
    to += '"';
}

std::string pg_text(const ColumnType& type, const Column& column, size_t row, char delimiter) {
    switch (type.kind) {
        case TypeKind::boolean: return column.at<uint8_t>(row) != 0 ? "t" : "f";
        case TypeKind::int16: return std::to_string(column.at<int16_t>(row));
        case TypeKind::int32: return std::to_string(column.at<int32_t>(row));
        case TypeKind::int64: return std::to_string(column.at<int64_t>(row));
        case TypeKind::uint32: return std::to_string(column.at<uint32_t>(row));
        case TypeKind::float32: return float_text(column.at<float>(row));
        case TypeKind::float64: return float_text(column.at<double>(row));
        case TypeKind::decimal: return decimal_cell_text(type, column, row);
        case TypeKind::varchar:
        case TypeKind::json: return std::string(column.string_at(row));
        case TypeKind::blob: return "\\x" + to_hex(column.string_at(row));
        case TypeKind::bit: return bit_text(column.string_at(row));
        case TypeKind::uuid: return uuid_text(column.at<Int128>(row));
        case TypeKind::date: return date_text(column.at<int32_t>(row));
        case TypeKind::time: return clock_text(static_cast<uint64_t>(column.at<int64_t>(row)));
        case TypeKind::time_tz: return time_tz_text(column.at<uint64_t>(row));
        case TypeKind::timestamp: return timestamp_text(column.at<int64_t>(row), false);
        case TypeKind::timestamp_tz: return timestamp_text(column.at<int64_t>(row), true);
        case TypeKind::interval: return interval_text(column.at<Interval>(row));
        case TypeKind::list: return list_text(type, column, row, delimiter);
        case TypeKind::hugeint:
        case TypeKind::structure: break;
    }
    throw Error(ErrorKind::internal, "no column of Postgres is of type " + to_string(type));
}

}  // namespace pintail::wire
