// Which ColumnType holds a Postgres type exactly. The one table that both paths (pgoutput, Debezium) use.
#pragma once

#include <optional>

#include "core/source_table.hpp"

namespace pintail::wire {

// Never fails: a type that has no native home becomes varchar and keeps Postgres' own text.
ColumnType column_type_for(const SourceType& type);

}  // namespace pintail::wire
