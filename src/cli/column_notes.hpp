// What becomes of a source's columns in the target, in words: for `run --dry-run` and `doctor`.
#pragma once

#include <string>
#include <vector>

#include "core/column_policy.hpp"
#include "core/source_table.hpp"
#include "postgres/connection.hpp"

namespace pintail::cli {

// "price: numeric(10,2) → decimal(10,2); beside it in price__exact: NaN"
std::string column_note(const TableName& table, const SourceColumn& column, const ColumnPolicies& policies);

// Generated columns of the table that never reach the target, with the reason and the way out.
std::vector<std::string> lost_columns(const postgres::Connection& connection, const SourceTable& table,
                                      bool own_publication);

}  // namespace pintail::cli
