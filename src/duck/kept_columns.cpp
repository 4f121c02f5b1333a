#include "duck/kept_columns.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

#include "duck/quote.hpp"
#include "duck/relation_move.hpp"
#include "duck/row_slices.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

struct KeptColumn {
    std::string from;  // its name in the table
    TargetColumn as;
};

bool is_replaced(const TargetTable& table, const std::string& source_name) {
    const TargetColumn* before = table.visible.find_source(source_name);
    const TargetColumn* now = table.shadow->find_source(source_name);
    return before != nullptr && now != nullptr && before->type && now->type && !before->gone &&
           !widens_losslessly(*before->type, *now->type);
}

// Nobody's columns (those that were set aside before, and a user's own) and those whose place another type takes.
std::vector<KeptColumn> columns_to_keep(const TargetTable& table) {
    std::vector<KeptColumn> kept;
    std::vector<std::string> taken;
    for (const TargetColumn& column : table.shadow->columns) taken.push_back(column.name);
    for (const TargetColumn& column : table.visible.columns) {
        if (column.role != ModeColumn::none || !column.type || column.gone) continue;
        const std::string source = column_of_exact(column.source_name).value_or(column.source_name);
        if (!source.empty() && !is_replaced(table, source)) continue;
        const std::string name = distinct_name(column.name + (source.empty() ? "" : "_before"), taken);
        taken.push_back(name);
        kept.push_back({column.name, {name, "", "", column.type, false}});
    }
    return kept;
}

// SQL that finds the row of the table (v) for one of the copy (s); nullopt: the two have no such key.
std::optional<std::string> same_key(const Connection& connection, const TargetTable& table) {
    std::string condition;
    std::string of_table;
    for (const std::string& key : table.key) {
        const TargetColumn* before = table.visible.find_source(key);
        const TargetColumn* now = table.shadow->find_source(key);
        if (before == nullptr || now == nullptr || before->gone || before->type != now->type) return std::nullopt;
        condition += fmt::format("{}s.{} = v.{}", condition.empty() ? "" : " AND ", quote_name(now->name),
                                 quote_name(before->name));
        of_table += (of_table.empty() ? "" : ", ") + quote_name(before->name);
    }
    if (condition.empty()) return std::nullopt;
    const auto twice = connection.texts(
        fmt::format("SELECT 'x' FROM {} GROUP BY {} HAVING count(*) > 1 LIMIT 1", table.visible.sql(), of_table));
    return twice.empty() ? std::optional(condition) : std::nullopt;  // the key may be a new one
}

// The copy with more columns. Made anew: what it had changed in this transaction DuckDB would not let be altered.
void add_columns(const Connection& connection, TargetTable& table, const std::vector<KeptColumn>& kept,
                 const std::string& condition) {
    Relation& copy = *table.shadow;
    Relation successor = copy;
    successor.name = name_of_successor(table.visible);
    std::string definitions;
    std::string values;
    const auto add = [&](const TargetColumn& column, const std::string& value) {
        definitions +=
            fmt::format("{}{} {}", definitions.empty() ? "" : ", ", quote_name(column.name), sql_type(*column.type));
        values += (values.empty() ? "" : ", ") + value;
    };
    for (const TargetColumn& column : copy.columns) add(column, "s." + quote_name(column.name));
    for (const KeptColumn& column : kept) {
        add(column.as, "v." + quote_name(column.from));
        copy.columns.push_back(column.as);
    }
    connection.run(fmt::format("CREATE TABLE {} ({})", successor.sql(), definitions));
    for (const int64_t first : row_slices(connection, copy.sql())) {
        connection.run(fmt::format("INSERT INTO {} SELECT {} FROM {} AS s LEFT JOIN {} AS v ON {} WHERE {}",
                                   successor.sql(), values, copy.sql(), table.visible.sql(), condition,
                                   in_slice("s", first)));
    }
    connection.run("DROP TABLE " + copy.sql());
    move_relation(connection, successor, copy, false);
}

}  // namespace

std::optional<std::vector<ShapeChange>> keep_columns(const Connection& connection, TargetTable& table) {
    std::vector<ShapeChange> changes;
    const auto kept = columns_to_keep(table);
    if (kept.empty()) return changes;
    const auto condition = same_key(connection, table);
    if (!condition) return std::nullopt;
    add_columns(connection, table, kept, *condition);
    for (const KeptColumn& column : kept) {
        if (column.from != column.as.name)
            changes.push_back({"set aside column", column.from, column.from, column.as.name});
    }
    return changes;
}

}  // namespace pintail::duck
