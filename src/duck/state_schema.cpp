#include "duck/state_schema.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

struct StateTable {
    const char* name;
    const char* columns;
};

constexpr StateTable kStateTables[] = {
    {"target", "uuid VARCHAR, format_version INTEGER, created_at TIMESTAMPTZ"},
    {"kafka_offsets",
     "topic VARCHAR, partition INTEGER, next_offset BIGINT, last_offset BIGINT, last_record_hash UBIGINT, "
     "wm_commit_lsn UBIGINT, wm_lsn UBIGINT, wm_time_ms BIGINT, updated_at TIMESTAMPTZ, topic_id VARCHAR"},
    {"postgres_position",
     "slot VARCHAR, system_identifier VARCHAR, timeline UINTEGER, database VARCHAR, commit_end UBIGINT, "
     "commit_time TIMESTAMPTZ, updated_at TIMESTAMPTZ"},
    {"tables",
     "schema_name VARCHAR, table_name VARCHAR, target_schema VARCHAR, target_table VARCHAR, columns JSON, "
     "key_columns JSON, mode VARCHAR, snapshot_lsn UBIGINT, snapshot_time_us BIGINT, snapshot_open BOOLEAN, shadow "
     "VARCHAR, "
     "shadow_columns JSON, created_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, last_lsn UBIGINT, "
     "last_commit_time TIMESTAMPTZ, quarantined VARCHAR"},
    {"quarantine",
     "id BIGINT, quarantined_at TIMESTAMPTZ, topic VARCHAR, partition INTEGER, \"offset\" BIGINT, "
     "message_time TIMESTAMPTZ, key BLOB, value BLOB, headers JSON, table_name VARCHAR, reason VARCHAR"},
    {"source_catalog", "schema_name VARCHAR, table_name VARCHAR, note JSON, noted_at TIMESTAMPTZ"},
    {"schema_history",
     "changed_at TIMESTAMPTZ, table_name VARCHAR, change VARCHAR, column_name VARCHAR, old VARCHAR, new VARCHAR"},
};

// What came later: a target of an earlier pintail gets it.
constexpr StateTable kAddedColumns[] = {{"tables", "snapshot_time_us BIGINT"},
                                        {"tables", "quarantined VARCHAR"},
                                        {"kafka_offsets", "topic_id VARCHAR"},
                                        {"target", "slot VARCHAR"},
                                        {"target", "on_type_change VARCHAR"}};

void create_missing(const Connection& connection, const std::string& catalog) {
    connection.run(fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", quote_name(catalog), kStateSchema));
    for (const StateTable& table : kStateTables) {
        connection.run(
            fmt::format("CREATE TABLE IF NOT EXISTS {} ({})", state_table(catalog, table.name), table.columns));
    }
}

}  // namespace

std::string state_table(const std::string& catalog, const char* table) {
    return fmt::format("{}.{}.{}", quote_name(catalog), kStateSchema, table);
}

std::string current_catalog(const Connection& connection) {
    return connection.texts("SELECT current_database()").at(0).at(0).value();
}

bool has_state_schema(const Connection& connection) {
    return !connection
                .texts(
                    "SELECT 'x' FROM duckdb_tables() WHERE database_name = current_database() "
                    "AND schema_name = 'pintail' AND table_name = 'target'")
                .empty();
}

bool has_state_column(const Connection& connection, const std::string& catalog, const char* table, const char* column) {
    return !connection
                .texts(fmt::format("SELECT 'x' FROM duckdb_columns() WHERE database_name = {} AND schema_name = '{}' "
                                   "AND table_name = '{}' AND column_name = '{}'",
                                   quote_text(catalog), kStateSchema, table, column))
                .empty();
}

LoadedBy loaded_by(const Connection& connection, const std::string& catalog) {
    const auto value = [&](const char* column) -> std::string {
        if (!has_state_column(connection, catalog, "target", column)) return "";
        const auto rows = connection.texts(fmt::format("SELECT {} FROM {}", column, state_table(catalog, "target")));
        return rows.empty() ? "" : rows[0][0].value_or("");
    };
    return {value("slot"), value("on_type_change")};
}

std::string ensure_state_schema(const Connection& connection, const std::string& catalog) {
    create_missing(connection, catalog);
    for (const StateTable& added : kAddedColumns) {
        connection.run(
            fmt::format("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {}", state_table(catalog, added.name), added.columns));
    }
    const std::string target = state_table(catalog, "target");
    const std::string read = "SELECT uuid, format_version::VARCHAR FROM " + target;
    auto rows = connection.texts(read);
    if (rows.empty()) {
        connection.run(fmt::format(
            "INSERT INTO {} (uuid, format_version, created_at) VALUES (gen_random_uuid()::VARCHAR, {}, now())", target,
            kStateFormat));
        rows = connection.texts(read);
    }
    if (std::stoi(rows[0][1].value()) > kStateFormat) {
        throw Error(ErrorKind::destination,
                    fmt::format("the target was written by a newer pintail (state format {}, this one "
                                "knows {}): use that pintail",
                                *rows[0][1], kStateFormat));
    }
    return rows[0][0].value();
}

}  // namespace pintail::duck
