#include "duck/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.hpp"
#include "duck/default_cell.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

// Below a row group (122,880 rows) with room to spare.
constexpr int64_t kSliceRows = 100'000;

std::vector<std::string> names_of(const Relation& relation) {
    std::vector<std::string> names;
    for (const TargetColumn& column : relation.columns) names.push_back(column.name);
    return names;
}

TargetColumn new_column(const Relation& relation, const ColumnSchema& column) {
    return {distinct_name(shown_column_name(column.name), names_of(relation)), column.name, column.source_type,
            storable(column.type), false};
}

void note_name(std::vector<ShapeChange>& changes, const TargetColumn& column) {
    const std::string wanted = shown_column_name(column.source_name);
    if (column.name == wanted) return;
    changes.push_back({"rename column", wanted, wanted, column.name});
}

[[noreturn]] void refuse_type(const Relation& relation, const ColumnSchema& column, const TargetColumn& target) {
    throw Error(ErrorKind::schema, fmt::format(
        "table {}.{}, column {}: the source now sends {} ({}), the target holds {}, and that cannot be altered without loss. "
        "Copy the table again: pintail resync {}.{}", relation.schema, relation.name, column.name, to_string(column.type),
        column.source_type, target.type ? to_string(*target.type) : "a type that pintail did not make", relation.schema, relation.name));
}

bool needs_widening(const Relation& relation, const ColumnSchema& column, const TargetColumn& target) {
    if (!target.type) refuse_type(relation, column, target);
    const ColumnType wanted = storable(column.type);
    if (widens_losslessly(wanted, *target.type)) return false;
    if (widens_losslessly(*target.type, wanted)) return true;
    refuse_type(relation, column, target);
}

TargetColumn* find_column(Relation& relation, const std::string& source_name) {
    const auto found = std::find_if(relation.columns.begin(), relation.columns.end(),
                                    [&](const TargetColumn& c) { return c.source_name == source_name; });
    return found == relation.columns.end() ? nullptr : &*found;
}

// A new column and what the rows that are there get in it.
struct AddedColumn {
    TargetColumn column;
    std::optional<DefaultCell> cell;
    std::optional<std::string> literal;
};

// A column that was dropped and came again is another column: the old one is set aside under another name.
struct SetAside {
    TargetColumn* column;
    std::string old_name;
    std::string new_name;
};

struct Plan {
    std::vector<SetAside> set_aside;
    std::vector<std::pair<const ColumnSchema*, TargetColumn*>> widened;
    std::vector<AddedColumn> added;
};

Plan plan_changes(const Connection& connection, Relation& relation, const TableSchema& schema) {
    Plan plan;
    Relation grown = relation;  // new names must differ from each other, too
    const auto set_aside = [&](const std::string& source_name) {
        TargetColumn* target = find_column(relation, source_name);
        if (target == nullptr || !target->gone) return;
        const std::string aside = distinct_name(target->name + "_dropped", names_of(grown));
        plan.set_aside.push_back({target, target->name, aside});
        grown.columns[target - relation.columns.data()].name = aside;
    };
    for (const ColumnSchema& column : schema.columns) {
        if (column_of_exact(column.name)) continue;  // goes with its column
        set_aside(column.name);
        set_aside(exact_column_name(column.name));
    }
    for (const ColumnSchema& column : schema.columns) {
        TargetColumn* target = find_column(relation, column.name);
        if (target != nullptr && !target->gone) {
            if (needs_widening(relation, column, *target)) plan.widened.emplace_back(&column, target);
            continue;
        }
        AddedColumn& added = plan.added.emplace_back(AddedColumn{new_column(grown, column), std::nullopt, std::nullopt});
        if (has_default(column)) {
            added.cell.emplace(connection, column, plan.added.size());
            added.literal = added.cell->literal();
        }
        grown.columns.push_back(added.column);
    }
    return plan;
}

std::vector<ShapeChange> describe(const Plan& plan) {
    std::vector<ShapeChange> changes;
    for (const SetAside& aside : plan.set_aside) changes.push_back({"set aside column", aside.old_name, aside.old_name, aside.new_name});
    for (const auto& [column, target] : plan.widened) {
        changes.push_back({"widen column", column->name, sql_type(*target->type), sql_type(storable(column->type))});
    }
    for (const AddedColumn& added : plan.added) {
        changes.push_back(
            {"add column", shown_column_name(added.column.source_name), "", sql_type(*added.column.type)});
        note_name(changes, added.column);
    }
    return changes;
}

// DuckDB takes a literal as a column's DEFAULT only, and cannot commit rows after ADD COLUMN … DEFAULT followed by
// another ALTER of the table in one transaction: only the last new column may have one.
bool can_alter(const Plan& plan) {
    for (const AddedColumn& added : plan.added) {
        if (added.cell && (!added.literal || &added != &plan.added.back())) return false;
    }
    return true;
}

void alter(const Connection& connection, const Relation& relation, const Plan& plan) {
    const std::string table = "ALTER TABLE " + relation.sql();
    for (const SetAside& aside : plan.set_aside) {
        connection.run(fmt::format("{} RENAME COLUMN {} TO {}", table, quote_name(aside.old_name), quote_name(aside.new_name)));
    }
    for (const auto& [column, target] : plan.widened) {
        connection.run(fmt::format("{} ALTER COLUMN {} TYPE {}", table, quote_name(target->name), sql_type(storable(column->type))));
    }
    for (const AddedColumn& added : plan.added) {
        const std::string name = quote_name(added.column.name);
        const std::string value = added.literal ? " DEFAULT " + *added.literal : "";
        connection.run(fmt::format("{} ADD COLUMN {} {}{}", table, name, sql_type(*added.column.type), value));
        if (added.literal) connection.run(fmt::format("{} ALTER COLUMN {} DROP DEFAULT", table, name));
    }
}

void adopt(Relation& relation, const Plan& plan) {
    for (const auto& [column, target] : plan.widened) {
        target->type = storable(column->type);
        target->source_type = column->source_type;
    }
    for (const AddedColumn& added : plan.added) relation.columns.push_back(added.column);
}

std::string column_list(const Relation& relation, bool with_types) {
    std::string sql;
    for (const TargetColumn& column : relation.columns) {
        sql += fmt::format("{}{}{}", sql.empty() ? "" : ", ", quote_name(column.name), with_types ? " " + sql_type(*column.type) : "");
    }
    return sql;
}

// Columns of somebody else whose type pintail does not know cannot be made anew.
bool can_rebuild(const Relation& relation) {
    return std::all_of(relation.columns.begin(), relation.columns.end(), [](const TargetColumn& column) { return column.type.has_value(); });
}

// The rows go over in slices: one INSERT … SELECT of more than a row group is visible to readers half done.
void copy_rows(const Connection& connection, const std::string& from, const std::string& into, const std::string& names, const std::string& values) {
    for (const TextRow& slice : connection.texts(fmt::format("SELECT DISTINCT (rowid // {})::VARCHAR FROM {} ORDER BY ALL", kSliceRows, from))) {
        const int64_t first = std::stoll(slice[0].value()) * kSliceRows;
        connection.run(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE rowid >= {} AND rowid < {}", into, names, values, from, first, first + kSliceRows));
    }
}

// `grown` is `relation` with the plan in it.
void rebuild(const Connection& connection, const Relation& relation, const Relation& grown, const Plan& plan) {
    if (!can_rebuild(relation)) {
        throw Error(ErrorKind::schema, fmt::format("table {}.{} has to be made anew for a change of its shape, but has a column that pintail did not make: drop that column",
                                                   relation.schema, relation.name));
    }
    Relation old = relation;
    old.name = "__pintail_old_" + relation.name;
    std::string values = column_list(relation, false);
    for (const AddedColumn& added : plan.added) {
        values += ", " + (added.literal ? *added.literal : added.cell ? added.cell->subquery() : "NULL");
    }
    connection.run(fmt::format("ALTER TABLE {} RENAME TO {}", relation.sql(), quote_name(old.name)));
    connection.run(fmt::format("CREATE TABLE {} ({})", grown.sql(), column_list(grown, true)));
    copy_rows(connection, old.sql(), grown.sql(), column_list(grown, false), values);
    connection.run("DROP TABLE " + old.sql());
}

// Columns that the source has dropped, or has again; the target keeps them either way. What stands beside a column goes
// with it, whether the rows at hand need it or not.
std::vector<ShapeChange> note_gone(Relation& relation, const TableSchema& schema) {
    std::vector<ShapeChange> changes;
    for (TargetColumn& target : relation.columns) {
        const std::string name = column_of_exact(target.source_name).value_or(target.source_name);
        const bool sent = std::any_of(schema.columns.begin(), schema.columns.end(),
                                      [&](const ColumnSchema& column) { return column.name == name; });
        if (target.source_name.empty() || sent != target.gone) continue;
        target.gone = !sent;
        changes.push_back(
            {sent ? "add column" : "drop column", shown_column_name(target.source_name), "", "kept in the target"});
    }
    return changes;
}

}  // namespace

void refuse_taken_name(const Connection& connection, const Relation& relation) {
    const auto taken = connection.texts(fmt::format(
        "SELECT 'x' FROM (SELECT database_name, schema_name, table_name AS name FROM duckdb_tables() UNION ALL "
        "SELECT database_name, schema_name, view_name FROM duckdb_views()) "
        "WHERE database_name = {} AND lower(schema_name) = lower({}) AND lower(name) = lower({})",
        quote_text(relation.catalog), quote_text(relation.schema), quote_text(relation.name)));
    if (taken.empty()) return;
    throw Error(ErrorKind::schema, fmt::format("table {}.{} is in the target already but pintail did not make it: rename or drop it, "
                                               "or use another target file", relation.schema, relation.name));
}

std::vector<ShapeChange> create_relation(const Connection& connection, Relation& relation, const TableSchema& schema, bool replace) {
    std::vector<ShapeChange> changes{{"create table", "", "", relation.schema + "." + relation.name}};
    std::string columns;
    for (const ColumnSchema& column : schema.columns) {
        const TargetColumn& target = relation.columns.emplace_back(new_column(relation, column));
        note_name(changes, target);
        columns += fmt::format("{}{} {}", columns.empty() ? "" : ", ", quote_name(target.name), sql_type(*target.type));
    }
    connection.run(fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", quote_name(relation.catalog), quote_name(relation.schema)));
    if (!replace) refuse_taken_name(connection, relation);
    connection.run(fmt::format("CREATE {} TABLE {} ({})", replace ? "OR REPLACE" : "", relation.sql(), columns));
    return changes;
}

std::vector<ShapeChange> widen_relation(const Connection& connection, Relation& relation, const TableSchema& schema, bool rows_changed) {
    const Relation before = relation;
    const Plan plan = plan_changes(connection, relation, schema);
    // From here on it is nobody's column, as one that a user has added.
    for (const SetAside& aside : plan.set_aside) *aside.column = {aside.new_name, "", "", aside.column->type, false};
    std::vector<ShapeChange> changes = note_gone(relation, schema);
    if (plan.widened.empty() && plan.added.empty()) return changes;
    const auto described = describe(plan);
    changes.insert(changes.end(), described.begin(), described.end());
    if (!rows_changed && can_alter(plan)) {
        alter(connection, relation, plan);
        adopt(relation, plan);
        return changes;
    }
    adopt(relation, plan);
    rebuild(connection, before, relation, plan);
    changes.push_back({kRebuilt, "", "", ""});
    return changes;
}

}  // namespace pintail::duck
