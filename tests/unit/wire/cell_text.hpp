// Cells as Postgres prints them (UTC, datestyle ISO, intervalstyle postgres), by a route that shares nothing with the
// decoders.
#pragma once

#include <optional>
#include <string>

#include "core/column.hpp"

namespace pintail::wire {

// nullopt: NULL. An unchanged-TOAST cell is "<unchanged>".
std::optional<std::string> cell_text(const Column& column, const ColumnType& type, size_t row);

}  // namespace pintail::wire
