#include "cli/other_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "duck/target_table.hpp"

namespace pintail::cli {
namespace {

std::string called(const std::string& whose, const std::string& name) {
    return fmt::format(
        "{} is called {} in the target: its own name is taken there (DuckDB tells no names apart by case)", whose,
        name);
}

// As create_relation() gives them.
std::vector<duck::ColumnOrigin> columns_of(const SourceTable& table) {
    std::vector<duck::ColumnOrigin> columns;
    std::vector<std::string> taken;
    for (const SourceColumn& column : table.columns) {
        taken.push_back(duck::distinct_name(shown_column_name(column.name), taken));
        columns.push_back({column.name, "", taken.back()});
    }
    return columns;
}

const duck::TableStatus* find(const duck::TargetStatus& target, const TableName& name) {
    const auto found =
        std::find_if(target.tables.begin(), target.tables.end(), [&](const auto& one) { return one.name == name; });
    return found == target.tables.end() ? nullptr : &*found;
}

// Those of `tables` that `table`'s name in the target fits, too; it alone: nobody's but its own.
std::set<std::string> of_one_name(const TableName& table, const std::set<TableName>& tables) {
    std::set<std::string> same;
    for (const TableName& other : tables) {
        const TableName name = duck::distinct_table_name(other, {});
        if (duck::distinct_table_name(table, {name}) != duck::distinct_table_name(table, {}))
            same.insert(to_string(other));
    }
    return same;
}

}  // namespace

std::vector<std::string> other_names(const std::vector<SourceTable>& tables, const duck::TargetStatus& target) {
    std::set<std::string> notes;
    std::vector<TableName> taken;
    std::set<TableName> to_come;
    for (const auto& known : target.tables) taken.push_back(known.target);
    for (const SourceTable& table : tables) {
        if (find(target, table.name) == nullptr) to_come.insert(table.name);
    }
    for (const SourceTable& table : tables) {
        const std::string own = to_string(table.name);
        const duck::TableStatus* known = find(target, table.name);
        const TableName name = known != nullptr ? known->target : duck::distinct_table_name(table.name, taken);
        if (name != table.name) notes.insert(called("table " + own, to_string(name)));
        for (const auto& column : known != nullptr ? known->columns : columns_of(table)) {
            if (column.is_renamed())
                notes.insert(called(fmt::format("column {} of {}", column.column, own), column.target));
        }
        if (const auto same = of_one_name(table.name, to_come); known == nullptr && same.size() > 1)
            notes.insert(fmt::format(
                "tables {} have one name in the target, where case tells none apart: the one that comes first "
                "keeps it, the others get _2, _3, … behind it",
                fmt::join(same, ", ")));
    }
    return {notes.begin(), notes.end()};
}

}  // namespace pintail::cli
