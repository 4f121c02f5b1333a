// Tables of the target get other names, with all that is in them.
//
// The log of DuckDB 1.5.5 names a table by its last name in a transaction, also where rows were removed or changed
// under an earlier one, and then cannot be read at the next open (docs/correctness.md, "DuckDB's own traps"). So a
// table whose rows the open transaction has changed is never renamed: its rows move into a new one.
#pragma once

#include <string>

#include "duck/connection.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// What `INSERT INTO into SELECT values FROM from AS t` does, in slices (row_slices.hpp).
void copy_rows(const Connection& connection, const std::string& from, const std::string& into,
               const std::string& values);

// A name for a table that is made to take the place of `relation`.
std::string name_of_successor(const Relation& relation);

// The table `from` becomes `to`, in its schema or another one; the columns are the same. `rows_changed`: the open
// transaction has removed or changed rows of it; adding some does not count.
void move_relation(const Connection& connection, const Relation& from, const Relation& to, bool rows_changed);

}  // namespace pintail::duck
