// ColumnType ↔ DuckDB's types: SQL name, logical type, and back from the catalog. The only place that knows both.
#pragma once

#include <optional>
#include <string>

#include "core/column_type.hpp"
#include "duck/connection.hpp"
#include "duck/sql_name.hpp"

namespace pintail::duck {

LogicalType logical_type(const ColumnType& type);

// nullopt: a type that pintail never makes (somebody altered the table).
std::optional<ColumnType> column_type(duckdb_logical_type type);

// Some values of the type are equal for DuckDB and yet differ (1 month and 30 days). Not 0.0 and -0.0: DuckDB itself
// does not keep them apart (a column of zeros is stored as one constant, whatever their signs).
bool equality_is_coarse(const ColumnType& type);

}  // namespace pintail::duck
