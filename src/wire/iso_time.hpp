// Dates and times as ISO 8601 writes them (java.time's toString), in the proleptic Gregorian calendar that Postgres
// and DuckDB share. Years are astronomical: year 0 is 1 BC, "-0043" is 44 BC.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/column_type.hpp"

namespace pintail::wire {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// Days since 1970-01-01 of a date whose month and day exist.
int64_t days_from_civil(int64_t year, unsigned month, unsigned day);

// All give nullopt for anything that is not exactly what is named.
std::optional<int64_t> parse_iso_date(std::string_view text);  // "2017-09-15", "2017-09-15Z" → days
std::optional<int64_t> parse_iso_time(std::string_view text);  // "12:34:56.789[Z]" → microseconds, at most 24:00
std::optional<int64_t> parse_iso_zoned_time(std::string_view text,
                                            int32_t& offset_seconds);  // "11:51:30.1Z", "…+02:00"
// "+21016-11-04T06:51:30.000000Z" → microseconds since 1970 UTC. nullopt also beyond int64.
std::optional<int64_t> parse_iso_timestamp(std::string_view text);
// The same as days since 1970 and microseconds of the day, 0 up to a day: of any year.
struct Moment {
    int64_t days = 0;
    int64_t micros = 0;
};
std::optional<Moment> parse_iso_moment(std::string_view text);
std::optional<Interval> parse_iso_interval(std::string_view text);  // "P1Y2M3DT4H5M6.789012S"

}  // namespace pintail::wire
