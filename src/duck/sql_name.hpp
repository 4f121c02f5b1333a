// A ColumnType as DuckDB's SQL calls it ("DECIMAL(12,2)", "INTEGER[]"), and which types hold which. Apart from
// sql_type.hpp for those who know no DuckDB.
#pragma once

#include <string>

#include "core/column_type.hpp"

namespace pintail::duck {

std::string sql_type(const ColumnType& type);

// Every value of `from` is a value of `to`, with the same meaning and the same text: a column may be altered so, and
// rows of the narrower type may be appended to the wider one.
bool widens_losslessly(const ColumnType& from, const ColumnType& to);

}  // namespace pintail::duck
