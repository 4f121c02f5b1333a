#include "source/copied_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "log/log.hpp"
#include "postgres/catalog.hpp"
#include "postgres/connection.hpp"

namespace pintail::source {
namespace {

// Generated columns are in the stream only where the publication says so, and the server can (PostgreSQL 18): it then
// has them in its list. Servers before that may list them, too.
bool is_published(const postgres::PublishedTable& table, const SourceColumn& column, bool sends_generated) {
    if (column.is_generated && (!sends_generated || table.columns.empty())) return false;
    if (table.columns.empty()) return true;
    return std::find(table.columns.begin(), table.columns.end(), column.name) != table.columns.end();
}

}  // namespace

std::string sql_name(const TableName& name) {
    return postgres::quote_identifier(name.schema) + "." + postgres::quote_identifier(name.table);
}

// IS DISTINCT FROM: a composite of NULLs IS NULL and yet a value.
std::string as_text(const std::string& column) {
    return fmt::format("CASE WHEN {0} IS DISTINCT FROM NULL THEN pg_catalog.format('%s', {0}) END", column);
}

std::string select_list(const wire::PgLayout& layout) {
    std::vector<std::string> columns;
    for (size_t i = 0; i < layout.cells.size(); ++i) {
        const std::string name = postgres::quote_identifier(layout.schema->columns[i].name);
        columns.push_back(layout.copies_as_text(i) ? as_text(name) : name);
    }
    return fmt::format("{}", fmt::join(columns, ", "));
}

wire::PgLayout layout_of(const SourceTable& table, const postgres::PublishedTable& published,
                         const ColumnPolicies& policies, bool sends_generated) {
    std::vector<wire::PgColumn> columns;
    for (const SourceColumn& column : table.columns) {
        if (is_published(published, column, sends_generated)) {
            columns.push_back({column.name, column.type, nullptr, policy_of(policies, table.name, column.name)});
        } else if (column.is_generated) {
            log::warn("table {}: {}", to_string(table.name), postgres::generated_column_lost(column));
        }
    }
    return make_pg_layout(table.name, columns, table.key);
}

}  // namespace pintail::source
