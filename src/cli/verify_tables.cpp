#include "cli/verify_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "core/error.hpp"
#include "postgres/catalog.hpp"

namespace pintail::cli {
namespace {

// Beside COLUMN, in the loader's own name for it.
constexpr std::string_view kExactSuffix{"\0exact", 6};

std::string cell(const std::optional<std::string_view>& text) {
    return std::string(text.value_or(""));
}

std::string catalog_of(verify::Snapshot& target) {
    std::string name;
    target.read("SELECT current_database()", [&](const verify::Cells& cells) { name = cell(cells[0]); });
    return verify::quoted(name);
}

std::string source_relation(const TableName& name) {
    return postgres::quote_identifier(name.schema) + "." + postgres::quote_identifier(name.table);
}

// What is remembered of the table's columns, unnested as e.
std::string remembered_columns(verify::Snapshot& target, const TargetTableName& table) {
    return fmt::format(
        "(SELECT unnest(from_json(\"columns\", "
        "'[{{\"name\":\"VARCHAR\",\"column\":\"VARCHAR\","
        "\"gone\":\"BOOLEAN\",\"role\":\"VARCHAR\"}}]')) AS e FROM {}.pintail.tables WHERE schema_name = {} AND "
        "table_name = {}) AS c",
        catalog_of(target), postgres::quote_literal(table.source.schema), postgres::quote_literal(table.source.table));
}

// As source and target name and type them; those beside others are put to them. The relation is described, not looked
// up by name: its schema may stand there as another table's source spells it.
std::vector<verify::TargetColumn> target_columns(verify::Snapshot& target, const TargetTableName& table) {
    std::vector<verify::TargetColumn> columns;
    std::map<std::string, std::string> beside;
    const std::string sql = fmt::format(
        "SELECT c.e.name, d.column_name, d.column_type FROM {} JOIN (SELECT *, row_number() OVER () AS place FROM "
        "(DESCRIBE {})) AS d ON d.column_name = c.e.\"column\" WHERE NOT c.e.gone ORDER BY d.place",
        remembered_columns(target, table), table.relation);
    target.read(sql, [&](const verify::Cells& cells) {
        const std::string name = cell(cells[0]);
        if (name.ends_with(kExactSuffix)) beside[name.substr(0, name.size() - kExactSuffix.size())] = cell(cells[1]);
        else columns.push_back({name, cell(cells[1]), cell(cells[2]), ""});
    });
    for (auto& column : columns) {
        if (const auto exact = beside.find(column.source_name); exact != beside.end()) column.exact = exact->second;
    }
    return columns;
}

// Rows that the source has now: neither marked as deleted nor versions of before.
std::string rows_of_now(verify::Snapshot& target, const TargetTableName& table) {
    std::string filter;
    target.read(fmt::format("SELECT c.e.role, c.e.\"column\" FROM {} WHERE c.e.role IS NOT NULL",
                            remembered_columns(target, table)),
                [&](const verify::Cells& cells) {
                    const std::string column = "t." + verify::quoted(cell(cells[1]));
                    if (cells[0] == "_deleted") filter = column + " IS NOT TRUE";
                    if (cells[0] == "_valid_to") filter = column + " IS NULL";
                });
    return filter;
}

// A table that was written anew behind the snapshot looks empty through it.
bool is_as_in_snapshot(postgres::Connection& source, const std::string& relation) {
    const auto found =
        source.exec(fmt::format("SELECT coalesce(bool_and(pg_relation_filenode(c.oid) = c.relfilenode), true) FROM "
                                "pg_class c WHERE c.relkind = 'r' AND (c.oid = {0}::regclass "
                                "OR c.oid IN (SELECT relid FROM pg_partition_tree({0}::regclass)))",
                                postgres::quote_literal(relation)));
    return found.flag(0, 0);
}

}  // namespace

std::vector<TargetTableName> shown_tables(verify::Snapshot& target) {
    std::vector<TargetTableName> tables;
    const std::string catalog = catalog_of(target);
    target.read(fmt::format("SELECT schema_name, table_name, target_schema, target_table, mode, (quarantined IS NOT "
                            "NULL)::VARCHAR, (snapshot_lsn IS NOT NULL)::VARCHAR FROM "
                            "{}.pintail.tables WHERE "
                            "\"columns\" IS NOT NULL ORDER BY ALL",
                            catalog),
                [&](const verify::Cells& cells) {
                    tables.push_back({{cell(cells[0]), cell(cells[1])},
                                      fmt::format("{}.{}.{}", catalog, verify::quoted(cell(cells[2])),
                                                  verify::quoted(cell(cells[3]))),
                                      cell(cells[4]),
                                      cell(cells[2]) + "." + cell(cells[3]),
                                      cell(cells[5]) == "true",
                                      cell(cells[6]) == "true"});
                });
    for (auto& table : tables) {
        target.read(fmt::format("SELECT count(*)::VARCHAR FROM {}", table.relation), [&](const verify::Cells& cells) {
            std::from_chars(cells[0]->data(), cells[0]->data() + cells[0]->size(), table.rows);
        });
    }
    return tables;
}

PlannedTable plan_table(VerifySides& sides, const TargetTableName& table, const postgres::PublishedTable& published) {
    if (table.quarantined) return {std::nullopt, "it is in quarantine, not followed (pintail status)"};
    const std::string relation = source_relation(table.source);
    sides.source().exec(fmt::format("LOCK TABLE {} IN ACCESS SHARE MODE", relation));
    if (!is_as_in_snapshot(sides.source(), relation))
        return {std::nullopt, "it was written anew at the source meanwhile: verify again"};
    auto described = postgres::describe_table(sides.source(), table.source);
    if (!described) return {std::nullopt, "it is not at the source"};
    const bool partitioned = sides.source()
                                 .exec(fmt::format("SELECT relkind = 'p' FROM pg_class WHERE oid = {}::regclass",
                                                   postgres::quote_literal(relation)))
                                 .flag(0, 0);
    verify::SourceSide source{std::move(*described), fmt::format("{}{} AS s", partitioned ? "" : "ONLY ", relation),
                              postgres::row_filter(sides.source(), published), published.columns, sides.encoding()};
    verify::TargetSide target{table.relation + " AS t", rows_of_now(sides.target_snapshot(), table),
                              target_columns(sides.target_snapshot(), table)};
    try {
        return {verify::TablePlan(source, target), ""};
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::schema) throw;
        return {std::nullopt, error.what()};
    }
}

}  // namespace pintail::cli
