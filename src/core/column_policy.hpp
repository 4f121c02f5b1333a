// What becomes of values that a column's own type cannot hold (docs/types.md), chosen per column.
#pragma once

#include <functional>
#include <string>

#include "core/table_schema.hpp"

namespace pintail {

enum class ColumnPolicy {
    exact,    // the column's own type; such a value stands as text in COLUMN__exact
    varchar,  // the whole column is text, as the source prints it
    stop      // the column's own type; such a value is an error
};

// Empty: `exact` everywhere. Any thread.
using ColumnPolicies = std::function<ColumnPolicy(const TableName&, const std::string& column)>;

inline ColumnPolicy policy_of(const ColumnPolicies& policies, const TableName& table, const std::string& column) {
    return policies ? policies(table, column) : ColumnPolicy::exact;
}

}  // namespace pintail
