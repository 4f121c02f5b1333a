// What Debezium's encodings lose of a column's values before pintail sees them (docs/debezium.md). The messages do not
// show it, but the encoding does, and ColumnSchema::source_type names it.
#pragma once

#include <string_view>

namespace pintail::wire {

// A sentence with what mends it; empty: nothing is lost. `source_type`: of a column that came by Debezium's messages.
std::string_view debezium_loss(std::string_view source_type);

// Behind the type of columns whose encoding the type alone does not tell.
inline constexpr std::string_view kPreciseDecimal = " (precise)";
inline constexpr std::string_view kDoubleDecimal = " (double)";
inline constexpr std::string_view kIntervalNumber = " (numeric)";
inline constexpr std::string_view kCutToMillis = " (connect)";
inline constexpr std::string_view kNanoseconds = " (nanoseconds)";
inline constexpr std::string_view kArrayDomain = " (array)";
inline constexpr std::string_view kNoNullElements = " (no NULL)";

}  // namespace pintail::wire
