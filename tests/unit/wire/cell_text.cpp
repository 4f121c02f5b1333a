#include "cell_text.hpp"

#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace pintail::wire {
namespace {

__extension__ typedef __int128 Wide;
constexpr int64_t kDayMicros = 86'400'000'000;

std::string wide_text(Wide value) {
    if (value < 0) return "-" + wide_text(-value);
    std::string digits;
    for (; value > 0 || digits.empty(); value /= 10)
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    return digits;
}

std::string decimal_digits(Wide value, int scale) {
    std::string digits = wide_text(value < 0 ? -value : value);
    if (scale > 0) {
        while (static_cast<int>(digits.size()) <= scale) digits.insert(digits.begin(), '0');
        digits.insert(digits.end() - scale, '.');
    }
    return value < 0 ? "-" + digits : digits;
}

Wide decimal_value(const Column& column, const ColumnType& type, size_t row) {
    if (type.precision <= 4) return column.at<int16_t>(row);
    if (type.precision <= 9) return column.at<int32_t>(row);
    if (type.precision <= 18) return column.at<int64_t>(row);
    const auto cell = column.at<Int128>(row);
    return (static_cast<Wide>(cell.high) << 64) | cell.low;
}

// The C++ calendar ends at year 32767: whole eras of 400 years are taken out first.
std::string date_text(int64_t days, std::string* era_suffix) {
    constexpr int64_t kEraDays = 146097;
    const int64_t eras = days >= 0 ? days / kEraDays : -((-days + kEraDays - 1) / kEraDays);
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days - eras * kEraDays}}};
    const int64_t year = static_cast<int>(date.year()) + eras * 400;
    *era_suffix = year <= 0 ? " BC" : "";
    return fmt::format("{:04}-{:02}-{:02}", year <= 0 ? 1 - year : year, static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()));
}

std::string time_text(int64_t micros) {
    std::string text =
        fmt::format("{:02}:{:02}:{:02}", micros / 3'600'000'000, micros / 60'000'000 % 60, micros / 1'000'000 % 60);
    const int64_t fraction = micros % 1'000'000;
    if (fraction == 0) return text;
    text += fmt::format(".{:06}", fraction);
    while (text.back() == '0') text.pop_back();
    return text;
}

std::string timestamp_text(int64_t micros, const char* zone) {
    if (micros == std::numeric_limits<int64_t>::max()) return "infinity";
    if (micros == -std::numeric_limits<int64_t>::max()) return "-infinity";
    int64_t days = micros / kDayMicros, rest = micros % kDayMicros;
    if (rest < 0) rest += kDayMicros, --days;
    std::string suffix;
    const std::string date = date_text(days, &suffix);
    return date + " " + time_text(rest) + zone + suffix;
}

std::string interval_text(const Interval& value) {
    return fmt::format("{} mons {} days {} us", value.months, value.days, value.micros);
}

std::string time_tz_text(uint64_t bits) {
    const auto offset = static_cast<int64_t>(57599) - static_cast<int64_t>(bits & 0xFFFFFF);
    return time_text(static_cast<int64_t>(bits >> 24)) +
           fmt::format("{}{:02}", offset < 0 ? "-" : "+", std::abs(offset) / 3600);
}

template <typename Number>
std::string float_text(Number value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
    return fmt::format("{}", value);
}

std::string uuid_text(const Int128& cell) {
    const std::string hex =
        fmt::format("{:016x}{:016x}", static_cast<uint64_t>(cell.high) ^ (uint64_t{1} << 63), cell.low);
    return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
           hex.substr(20);
}

std::string bytea_text(std::string_view bytes) {
    std::string text = "\\x";
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return text;
}

std::string bit_text(std::string_view cell) {
    std::string bits;
    for (const char c : cell.substr(1)) {
        for (int i = 7; i >= 0; --i) bits += ((c >> i) & 1) != 0 ? '1' : '0';
    }
    const auto padding = static_cast<size_t>(cell[0]);
    for (size_t i = 0; i < padding; ++i) {
        if (bits[i] != '1') return "<pad bits are not ones>";
    }
    return bits.substr(padding);
}

std::string array_element(const std::optional<std::string>& text) {
    if (!text) return "NULL";
    const bool plain = !text->empty() && *text != "NULL" && *text != "null" &&
                       text->find_first_of("{},\"\\ \t\n") == std::string::npos;
    if (plain) return *text;
    std::string quoted = "\"";
    for (const char c : *text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "\"";
}

std::string list_text(const Column& column, const ColumnType& type, size_t row) {
    const auto cell = column.at<ListCell>(row);
    std::string text = "{";
    for (uint64_t i = 0; i < cell.length; ++i) {
        if (i > 0) text += ",";
        text += array_element(cell_text(column.child(0), type.fields[0].type, cell.offset + i));
    }
    return text + "}";
}

std::string value_text(const Column& column, const ColumnType& type, size_t row) {
    std::string suffix;
    switch (type.kind) {
        case TypeKind::boolean: return column.at<uint8_t>(row) != 0 ? "t" : "f";
        case TypeKind::int16: return std::to_string(column.at<int16_t>(row));
        case TypeKind::int32: return std::to_string(column.at<int32_t>(row));
        case TypeKind::int64: return std::to_string(column.at<int64_t>(row));
        case TypeKind::uint32: return std::to_string(column.at<uint32_t>(row));
        case TypeKind::float32: return float_text(column.at<float>(row));
        case TypeKind::float64: return float_text(column.at<double>(row));
        case TypeKind::decimal: return decimal_digits(decimal_value(column, type, row), type.scale);
        case TypeKind::varchar:
        case TypeKind::json: return std::string(column.string_at(row));
        case TypeKind::blob: return bytea_text(column.string_at(row));
        case TypeKind::bit: return bit_text(column.string_at(row));
        case TypeKind::uuid: return uuid_text(column.at<Int128>(row));
        case TypeKind::date: {
            const auto days = column.at<int32_t>(row);
            if (days == std::numeric_limits<int32_t>::max()) return "infinity";
            if (days == -std::numeric_limits<int32_t>::max()) return "-infinity";
            const std::string date = date_text(days, &suffix);
            return date + suffix;
        }
        case TypeKind::time: return time_text(column.at<int64_t>(row));
        case TypeKind::time_tz: return time_tz_text(column.at<uint64_t>(row));
        case TypeKind::timestamp: return timestamp_text(column.at<int64_t>(row), "");
        case TypeKind::timestamp_tz: return timestamp_text(column.at<int64_t>(row), "+00");
        case TypeKind::interval: return interval_text(column.at<Interval>(row));
        case TypeKind::list: return list_text(column, type, row);
        default: return "<no text for this type>";
    }
}

}  // namespace

std::optional<std::string> cell_text(const Column& column, const ColumnType& type, size_t row) {
    if (column.is_unchanged(row)) return "<unchanged>";
    if (column.is_null(row)) return std::nullopt;
    return value_text(column, type, row);
}

}  // namespace pintail::wire
