#include "cli/column_notes.hpp"

#include <fmt/format.h>

#include "postgres/catalog.hpp"
#include "postgres/publication.hpp"
#include "wire/pg_cells.hpp"
#include "wire/pg_type_map.hpp"

namespace pintail::cli {

std::string column_note(const TableName& table, const SourceColumn& column, const ColumnPolicies& policies) {
    const ColumnPolicy policy = policy_of(policies, table, column.name);
    const ColumnType type = wire::plan_pg_cell(column.type, policy).type;
    const std::string note = fmt::format("{}: {} → {}", column.name, column.type.formatted, to_string(type));
    const std::string beside = wire::beside_of(column.type);
    if (policy == ColumnPolicy::varchar)
        return note + "; by the policy varchar: every value is Postgres' text, so it compares and adds up as text";
    if (beside.empty()) return note;
    if (policy == ColumnPolicy::stop) return fmt::format("{}; by the policy stop these end the run: {}", note, beside);
    return fmt::format("{}; beside it in {}, where the column itself is NULL: {}", note,
                       shown_column_name(exact_column_name(column.name)), beside);
}

std::vector<std::string> lost_columns(const postgres::Connection& connection, const SourceTable& table,
                                      bool own_publication) {
    const bool publishes_stored = own_publication && connection.server_version() >= postgres::kPublishesGenerated;
    std::vector<std::string> lost;
    for (const SourceColumn& column : table.columns) {
        if (column.is_generated && (column.is_virtual || !publishes_stored))
            lost.push_back(postgres::generated_column_lost(column));
    }
    return lost;
}

}  // namespace pintail::cli
