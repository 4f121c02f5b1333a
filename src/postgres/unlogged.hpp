// Unlogged tables: their changes are not in the server's log, so that nobody can follow them.
#pragma once

#include <string>
#include <vector>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

struct UnloggedTable {
    TableName name;
    TableName root;  // of its partitions; else itself
};

// Of the database, without those of extensions. A partition may be one although its root is none: its rows are copied
// then, and what becomes of them is not seen.
std::vector<UnloggedTable> unlogged_tables(Connection& connection);

// What that means, and the SQL that mends it, as a sentence.
std::string unlogged_note(const UnloggedTable& table);

}  // namespace pintail::postgres
