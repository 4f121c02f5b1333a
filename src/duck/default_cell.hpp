// What rows that are there already get in a new column, as SQL.
#pragma once

#include <optional>
#include <string>

#include "core/table_schema.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

// The cell as one row of a temporary table, since casts of texts cannot be trusted unseen. Lives until the next
// DefaultCell of the same number.
class DefaultCell {
public:
    DefaultCell(const Connection& connection, const ColumnSchema& column, size_t number);

    // DuckDB's own text of the cell with a cast, if reading that back gives the very cell. (DuckDB's log repeats the
    // expression at recovery, so a default must not refer to the temporary table.)
    std::optional<std::string> literal() const;
    std::string subquery() const;

private:
    const Connection& connection_;
    std::string table_;
    std::string type_;
};

bool has_default(const ColumnSchema& column);

}  // namespace pintail::duck
