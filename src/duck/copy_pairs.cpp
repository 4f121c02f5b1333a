#include "duck/copy_pairs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "duck/equal_rows.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

std::string joined(const std::vector<std::string>& parts, const char* separator, const char* if_none) {
    return parts.empty() ? if_none : fmt::format("{}", fmt::join(parts, separator));
}

std::string same(const std::vector<CommonColumn>& columns, bool keys_only) {
    std::vector<std::string> parts;
    for (const CommonColumn& column : columns) {
        if (keys_only && !column.is_key) continue;
        parts.push_back(keys_only ? column.in_table + " = " + column.in_copy
                                  : same_cell(column.type, column.in_table, column.in_copy));
    }
    return joined(parts, " AND ", "true");
}

// Equal rows are counted through, so that each finds one partner.
std::string counted(const std::string& relation, const char* alias, const std::vector<CommonColumn>& columns,
                    const std::string& condition) {
    std::vector<std::string> cells;
    for (const CommonColumn& column : columns) {
        const std::string& cell = alias[0] == 'v' ? column.in_table : column.in_copy;
        cells.push_back(equality_is_coarse(column.type) ? cell + "::VARCHAR" : cell);
    }
    return fmt::format(
        "(SELECT {0}.rowid AS r, {0}.*, row_number() OVER (PARTITION BY {1} ORDER BY {0}.rowid) AS nth FROM {2} AS {0} "
        "WHERE {3}) AS {0}",
        alias, joined(cells, ", ", "true"), relation, condition);
}

// A key stands several times where the rows were made before it was the key. Two columns of numbers to count through
// are cheaper than a window over all pairs.
bool is_crowded(const Connection& connection) {
    const auto crowded = [&](const char* side) {
        const auto sql = fmt::format("SELECT 'x' FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT 1", kPairs, side);
        return !connection.texts(sql).empty();
    };
    return crowded("s") || crowded("v");
}

// A version that goes on among others that end would be an older one than these: it is not `same`.
void leave_one_each(const Connection& connection) {
    connection.run(fmt::format(
        "CREATE OR REPLACE TEMP TABLE pintail_one_each AS SELECT v, s, same AND alone AS same FROM (SELECT *, count(*) "
        "OVER (PARTITION BY s) = 1 AS alone, row_number() OVER (PARTITION BY s ORDER BY first DESC, same DESC, v) AS "
        "nth FROM {}) WHERE nth = 1 QUALIFY row_number() OVER (PARTITION BY v ORDER BY s) = 1",
        kPairs));
    connection.run("CREATE OR REPLACE TEMP TABLE pintail_pairs AS FROM temp.main.pintail_one_each");
    connection.run("DROP TABLE temp.main.pintail_one_each");
}

}  // namespace

std::vector<CommonColumn> common_columns(const TargetTable& table) {
    std::vector<CommonColumn> columns;
    for (const TargetColumn& in_copy : table.shadow->columns) {
        if (in_copy.source_name.empty() || in_copy.gone) continue;
        const TargetColumn* in_table = table.visible.find_source(in_copy.source_name);
        if (in_table == nullptr) continue;
        const bool is_key = std::find(table.key.begin(), table.key.end(), in_copy.source_name) != table.key.end();
        const std::string name = quote_name(in_table->name);
        std::string cell = "s." + quote_name(in_copy.name);
        if (in_copy.type != in_table->type) cell = fmt::format("CAST({} AS {})", cell, sql_type(*in_table->type));
        columns.push_back({name, "v." + name, std::move(cell), is_key, *in_table->type});
    }
    return columns;
}

void pair_rows(const Connection& connection, const TargetTable& table, const PairedRows& rows) {
    const auto columns = common_columns(table);
    const std::string head = "CREATE OR REPLACE TEMP TABLE pintail_pairs AS SELECT ";
    if (!table.key.empty()) {
        connection.run(fmt::format(
            "{}v.rowid AS v, s.rowid AS s, {} AS same, {} AS first FROM {} AS v JOIN {} AS s ON {} WHERE {} AND {}",
            head, same(columns, false), rows.first, table.visible.sql(), table.shadow->sql(), same(columns, true),
            rows.of_table, rows.of_copy));
        if (is_crowded(connection)) leave_one_each(connection);
        return;
    }
    connection.run(fmt::format("{}v.r AS v, s.r AS s, true AS same FROM {} JOIN {} ON v.nth = s.nth AND {}", head,
                               counted(table.visible.sql(), "v", columns, rows.of_table),
                               counted(table.shadow->sql(), "s", columns, rows.of_copy), same(columns, false)));
}

std::string taken_at(const TargetTable& table) {
    return table.snapshot_time_us == 0 ? "now()" : fmt::format("make_timestamptz({})", table.snapshot_time_us);
}

}  // namespace pintail::duck
