// Cells → the text that Postgres' output functions write for them, under datestyle ISO, intervalstyle postgres, time
// zone UTC, bytea_output hex (https://www.postgresql.org/docs/current/datatype.html). For values that arrive in another
// form (binary COPY, Debezium) and are kept as text.
#pragma once

#include <cstdint>
#include <string>

#include "core/column.hpp"

namespace pintail::wire {

// The cell must not be NULL. Structures have no text here (no column of Postgres becomes one).
std::string pg_text(const ColumnType& type, const Column& column, size_t row, char delimiter = ',');

// "294276-12-31 23:59:59.999999+00", also of timestamps that lie beyond DuckDB's; 0 <= micros_of_day < a day.
std::string pg_timestamp_text(int64_t days_since_1970, int64_t micros_of_day, bool with_zone);

// An array's element with the quotes that array_out puts around it.
void append_pg_element(const std::string& text, char delimiter, std::string& to);

}  // namespace pintail::wire
