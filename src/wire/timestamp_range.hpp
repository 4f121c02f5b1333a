// What Postgres and DuckDB can hold of dates and times, and DuckDB's cells for it.
// https://www.postgresql.org/docs/current/datatype-datetime.html
#pragma once

#include <cstdint>
#include <limits>

namespace pintail::wire {

// DuckDB's -infinity is minus these, not the smallest integer.
inline constexpr int32_t kDateInfinity = std::numeric_limits<int32_t>::max();
inline constexpr int64_t kTimestampInfinity = std::numeric_limits<int64_t>::max();

// 4714-11-24 BC and 5874897-12-31, in days since 1970-01-01.
inline constexpr int64_t kFirstPostgresDate = -2440588;
inline constexpr int64_t kLastPostgresDate = 2145042905;

// Postgres' first timestamp (4714-11-24 BC); DuckDB's last (294247-01-10) lies before Postgres' (294276-12-31).
inline constexpr int64_t kFirstTimestampMicros = kFirstPostgresDate * 86'400 * 1'000'000;
inline constexpr int64_t kLastTimestampMicros = kTimestampInfinity - 1;

inline constexpr const char* kBeyondTimestamps = "DuckDB's timestamps end in the year 294247";

// Postgres' last timestamp, 294276-12-31.
inline constexpr int64_t kLastTimestampDay = 106'762'939;

inline bool is_postgres_date(int64_t days) {
    return days >= kFirstPostgresDate && days <= kLastPostgresDate;
}

inline bool is_storable_timestamp(int64_t micros) {
    return micros >= kFirstTimestampMicros && micros <= kLastTimestampMicros;
}

// DuckDB ends at ±15:59:59.
inline constexpr int32_t kLargestOffsetSeconds = 16 * 3600 - 1;

inline bool is_storable_offset(int32_t seconds_east) {
    return seconds_east >= -kLargestOffsetSeconds && seconds_east <= kLargestOffsetSeconds;
}

// duckdb_create_time_tz(): 40 bits of microseconds, then the offset counted down from the largest.
inline uint64_t time_tz_cell(int64_t micros, int32_t seconds_east) {
    return static_cast<uint64_t>(micros) << 24 | static_cast<uint64_t>(kLargestOffsetSeconds - seconds_east);
}

}  // namespace pintail::wire
