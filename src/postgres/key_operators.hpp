// How the rows of a table are told apart by its key, for SQL that finds them: no search_path is needed, and the key's
// index serves it.
#pragma once

#include <string>
#include <vector>

#include "core/source_table.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// Of each key column the index's own equality, in the order of the key: "OPERATOR(public.=)". Throws Error (schema)
// when the table has another key by now.
std::vector<std::string> key_operators(Connection& connection, const SourceTable& table);

}  // namespace pintail::postgres
