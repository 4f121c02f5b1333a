// Old columns beside a new copy of a mirror (ShapePolicy::types, new_column).
#pragma once

#include <optional>
#include <vector>

#include "duck/connection.hpp"
#include "duck/shape.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// Columns that the table has and its hidden copy has not, or as a type that does not hold theirs: the copy gets them
// (as NAME_before where it has one of their name) with their values, row by row of the key. They are nobody's from
// then on. nullopt: there are such columns, but rows cannot be told apart by a key that is the same in both; nothing
// was done.
std::optional<std::vector<ShapeChange>> keep_columns(const Connection& connection, TargetTable& table);

}  // namespace pintail::duck
