// A whole copy of a table meets what the target already holds of it, in modes that keep more than the source's rows.
//
// Nothing that was is lost: rows which the copy does not have are marked deleted or closed, rows that are the same stay
// as they are (history) and those that differ follow the old ones. docs/decisions/0007 says why it is done so.
#pragma once

#include <vector>

#include "duck/connection.hpp"
#include "duck/shape.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// table.shadow is merged into table.visible and dropped; what changed in the table's shape is answered. A column whose
// new type cannot hold the old one's values is set aside (NAME_dropped) and comes anew. `rows_changed`: the transaction
// has changed rows of the table. `keep_old`: rows that stand keep what they have in columns that were set aside.
std::vector<ShapeChange> merge_copy(const Connection& connection, TargetTable& table, bool rows_changed, bool keep_old);

// The two merges, once `visible` has all columns of the copy. The first works for keyed tables and multisets alike: so
// does the second.
void merge_soft_delete(const Connection& connection, const TargetTable& table, bool keep_old);
void merge_history(const Connection& connection, const TargetTable& table);

}  // namespace pintail::duck
