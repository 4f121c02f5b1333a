// A ColumnType as DuckDB's SQL calls it ("DECIMAL(12,2)", "INTEGER[]"). Apart from sql_type.hpp for those who know no
// DuckDB.
#pragma once

#include <string>

#include "core/column_type.hpp"

namespace pintail::duck {

std::string sql_type(const ColumnType& type);

}  // namespace pintail::duck
