// Which SQL a reader may run. A statement is parsed by DuckDB itself and judged by its tree, never by its text.
#pragma once

#include <string>

#include "duck/connection.hpp"

namespace pintail::duck {

struct ReadOnlyStatement {
    std::string sql;       // as DuckDB writes the parsed statement: one SELECT without comments or semicolon
    std::string asked;     // the same as it was written
    bool explain = false;  // run as EXPLAIN of it
    bool analyze = false;
};

// Throws Error(usage) with DuckDB's own message for SQL that does not parse, or with the rule that it breaks.
ReadOnlyStatement admit_read_only(const Connection& connection, const std::string& sql);

}  // namespace pintail::duck
