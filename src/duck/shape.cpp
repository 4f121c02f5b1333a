#include "duck/shape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "duck/default_cell.hpp"
#include "duck/mode_columns.hpp"
#include "duck/quote.hpp"
#include "duck/relation_move.hpp"
#include "duck/sql_type.hpp"
#include "duck/type_change.hpp"

namespace pintail::duck {
namespace {

constexpr const char* kTablesAndViews =
    "SELECT database_name, schema_name, table_name AS name FROM duckdb_tables() UNION ALL "
    "SELECT database_name, schema_name, view_name FROM duckdb_views()";

std::vector<std::string> names_of(const Relation& relation) {
    std::vector<std::string> names;
    for (const TargetColumn& column : relation.columns) names.push_back(column.name);
    return names;
}

// `reserved`: names that are given otherwise.
TargetColumn new_column(const Relation& relation, const ColumnSchema& column, std::vector<std::string> reserved = {}) {
    for (std::string& name : names_of(relation)) reserved.push_back(std::move(name));
    return {distinct_name(shown_column_name(column.name), reserved), column.name, column.source_type,
            storable(column.type), false};
}

void note_name(std::vector<ShapeChange>& changes, const TargetColumn& column) {
    const std::string wanted = shown_column_name(column.source_name);
    if (column.name == wanted) return;
    changes.push_back({"rename column", wanted, wanted, column.name});
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
    std::vector<TargetColumn> dropped;
    std::vector<SetAside> set_aside;
    std::vector<RetypedColumn> retyped;
    std::vector<AddedColumn> added;
};

// What a column's name becomes when another one takes it.
constexpr const char* kDropped = "_dropped";
constexpr const char* kBefore = "_before";

Plan plan_changes(const Connection& connection, Relation& relation, const TableSchema& schema,
                  const ShapePolicy& policy) {
    Plan plan;
    const DroppedColumns dropped = policy.dropped;
    Relation grown = relation;  // new names must differ from each other, too
    if (dropped == DroppedColumns::drop) {
        std::copy_if(relation.columns.begin(), relation.columns.end(), std::back_inserter(plan.dropped),
                     [](const TargetColumn& c) { return c.gone; });
        std::erase_if(grown.columns, [](const TargetColumn& column) { return column.gone; });
    }
    std::set<const TargetColumn*> replaced;  // by a column of another type
    const auto set_aside = [&](const std::string& source_name, const char* ending) {
        TargetColumn* target = find_column(relation, source_name);
        if (target == nullptr || (ending == kDropped && (!target->gone || dropped == DroppedColumns::drop))) return;
        const std::string aside = distinct_name(target->name + ending, names_of(grown));
        plan.set_aside.push_back({target, target->name, aside});
        grown
            .columns[std::find_if(grown.columns.begin(), grown.columns.end(),
                                  [&](const TargetColumn& one) { return one.name == target->name; }) -
                     grown.columns.begin()]
            .name = aside;
        if (ending == kBefore) replaced.insert(target);
    };
    for (const ColumnSchema& column : schema.columns) {
        if (column_of_exact(column.name)) continue;  // goes with its column
        set_aside(column.name, kDropped);
        set_aside(exact_column_name(column.name), kDropped);
    }
    for (const ColumnSchema& column : schema.columns) {
        TargetColumn* target = find_column(relation, column.name);
        if (target != nullptr && !target->gone && !replaced.contains(target)) {
            const auto answer = answer_type(connection, relation, schema, column, *target, policy.types);
            if (answer.retyped) plan.retyped.push_back({&column, target, answer.cast});
            if (!answer.replaced) continue;
            set_aside(column.name, kBefore);
            set_aside(exact_column_name(column.name), kBefore);
        }
        AddedColumn& added =
            plan.added.emplace_back(AddedColumn{new_column(grown, column), std::nullopt, std::nullopt});
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
    for (const SetAside& aside : plan.set_aside)
        changes.push_back({"set aside column", aside.old_name, aside.old_name, aside.new_name});
    for (const auto& [column, target, cast] : plan.retyped) {
        changes.push_back({cast.empty() ? "widen column" : "cast column", column->name, sql_type(*target->type),
                           sql_type(storable(column->type))});
    }
    for (const AddedColumn& added : plan.added) {
        changes.push_back(
            {"add column", shown_column_name(added.column.source_name), "", sql_type(*added.column.type)});
        note_name(changes, added.column);
    }
    return changes;
}

bool is_nested(const ColumnType& type) {
    return type.kind == TypeKind::list || type.kind == TypeKind::structure;
}

// DuckDB takes a literal as a column's DEFAULT only, and cannot commit rows after ADD COLUMN … DEFAULT followed by
// another ALTER of the table in one transaction: only the last new column may have one. A nested one of more than 2,048
// rows is an internal error of DuckDB 1.5.5, which ends the connection. Nor does it drop the last column.
bool can_alter(const Relation& relation, const Plan& plan) {
    if (plan.dropped.size() == relation.columns.size()) return false;
    for (const AddedColumn& added : plan.added) {
        if (!added.cell) continue;
        if (!added.literal || &added != &plan.added.back() || is_nested(*added.column.type)) return false;
    }
    return true;
}

void alter(const Connection& connection, const Relation& relation, const Plan& plan) {
    const std::string table = "ALTER TABLE " + relation.sql();
    for (const TargetColumn& column : plan.dropped)
        connection.run(fmt::format("{} DROP COLUMN {}", table, quote_name(column.name)));
    for (const SetAside& aside : plan.set_aside) {
        connection.run(
            fmt::format("{} RENAME COLUMN {} TO {}", table, quote_name(aside.old_name), quote_name(aside.new_name)));
    }
    for (const auto& [column, target, cast] : plan.retyped) {
        connection.run(fmt::format("{} ALTER COLUMN {} TYPE {}{}", table, quote_name(target->name),
                                   sql_type(storable(column->type)), cast.empty() ? "" : " USING " + cast));
    }
    for (const AddedColumn& added : plan.added) {
        const std::string name = quote_name(added.column.name);
        const std::string value = added.literal ? " DEFAULT " + *added.literal : "";
        connection.run(fmt::format("{} ADD COLUMN {} {}{}", table, name, sql_type(*added.column.type), value));
        if (added.literal) connection.run(fmt::format("{} ALTER COLUMN {} DROP DEFAULT", table, name));
    }
}

void adopt(Relation& relation, const Plan& plan) {
    for (const auto& [column, target, cast] : plan.retyped) {
        target->type = storable(column->type);
        target->source_type = column->source_type;
    }
    if (!plan.dropped.empty()) std::erase_if(relation.columns, [](const TargetColumn& column) { return column.gone; });
    for (const AddedColumn& added : plan.added) relation.columns.push_back(added.column);
}

std::string column_list(const Relation& relation) {
    std::string sql;
    for (const TargetColumn& column : relation.columns)
        sql += fmt::format("{}{} {}", sql.empty() ? "" : ", ", quote_name(column.name), sql_type(*column.type));
    return sql;
}

// Columns of somebody else whose type pintail does not know cannot be made anew.
bool can_rebuild(const Relation& relation) {
    return std::all_of(relation.columns.begin(), relation.columns.end(),
                       [](const TargetColumn& column) { return column.type.has_value(); });
}

[[noreturn]] void refuse_rebuild(const Relation& relation) {
    throw Error(ErrorKind::schema, fmt::format("table {}.{} has to be made anew for a change of its shape, but has a "
                                               "column that pintail did not make: drop that column",
                                               relation.schema, relation.name));
}

// `grown` is `relation` with the plan in it.
void rebuild(const Connection& connection, const Relation& relation, const Relation& grown, const Plan& plan) {
    if (!can_rebuild(relation)) refuse_rebuild(relation);
    Relation kept = relation;
    std::erase_if(kept.columns, [&](const TargetColumn& column) {
        return std::any_of(plan.dropped.begin(), plan.dropped.end(),
                           [&](const TargetColumn& one) { return one.name == column.name; });
    });
    std::string values;
    for (const TargetColumn& column : kept.columns) {
        const auto retyped = std::find_if(plan.retyped.begin(), plan.retyped.end(), [&](const RetypedColumn& one) {
            return one.target->name == column.name && !one.cast.empty();
        });
        values +=
            (values.empty() ? "" : ", ") + (retyped == plan.retyped.end() ? quote_name(column.name) : retyped->cast);
    }
    for (const AddedColumn& added : plan.added) {
        if (!values.empty()) values += ", ";
        values += added.literal ? *added.literal : added.cell ? added.cell->subquery() : "NULL";
    }
    Relation successor = grown;
    successor.name = name_of_successor(grown);
    connection.run(fmt::format("CREATE TABLE {} ({})", successor.sql(), column_list(grown)));
    copy_rows(connection, relation.sql(), successor.sql(), values);
    connection.run("DROP TABLE " + relation.sql());
    move_relation(connection, successor, grown, false);
}

// What stands beside a column goes with it, whether the rows at hand need it or not.
std::vector<std::string> with_exact(const std::vector<std::string>& names) {
    std::vector<std::string> all = names;
    for (const std::string& name : names) all.push_back(exact_column_name(name));
    return all;
}

std::vector<ColumnRename> with_exact(const std::vector<ColumnRename>& renamed) {
    std::vector<ColumnRename> all = renamed;
    for (const auto& [from, to] : renamed) all.push_back({exact_column_name(from), exact_column_name(to)});
    return all;
}

// Columns that the source has dropped.
std::vector<ShapeChange> note_gone(Relation& relation, const TableSchema& schema, DroppedColumns dropped) {
    std::vector<std::string> gone;
    for (const TargetColumn& target : relation.columns) {
        if (target.source_name.empty() || column_of_exact(target.source_name)) continue;
        const bool sent = std::any_of(schema.columns.begin(), schema.columns.end(),
                                      [&](const ColumnSchema& column) { return column.name == target.source_name; });
        if (!sent) gone.push_back(target.source_name);
    }
    return mark_dropped(relation, gone, dropped);
}

// What there is of thousands of tables takes ten times as long to list as to find that one is not there.
bool is_free(const Connection& connection, const Relation& relation) {
    try {
        connection.texts(fmt::format("SELECT 1 FROM {} LIMIT 0", relation.sql()));
        return false;
    } catch (const Error& problem) {
        const std::string_view said = problem.what();
        return said.find(fmt::format("Table with name {} does not exist", relation.name)) != said.npos ||
               said.find(fmt::format("does not exist because schema \"{}\"", relation.schema)) != said.npos;
    }
}

}  // namespace

void refuse_taken_name(const Connection& connection, const Relation& relation) {
    if (is_free(connection, relation)) return;
    const auto taken = connection.texts(fmt::format(
        "SELECT 'x' FROM ({}) WHERE database_name = {} AND lower(schema_name) = lower({}) AND lower(name) = lower({})",
        kTablesAndViews, quote_text(relation.catalog), quote_text(relation.schema), quote_text(relation.name)));
    if (taken.empty()) return;
    throw Error(ErrorKind::schema,
                fmt::format("table {}.{} is in the target already but pintail did not make it: rename or drop it, "
                            "or use another target file",
                            relation.schema, relation.name));
}

std::vector<ShapeChange> create_relation(const Connection& connection, Relation& relation, const TableSchema& schema,
                                         TableMode mode, bool replace) {
    std::vector<ShapeChange> changes{{"create table", "", "", relation.schema + "." + relation.name}};
    std::vector<std::string> of_mode;
    for (const ModeColumnSpec& spec : mode_columns(mode)) of_mode.emplace_back(spec.name);
    for (const ColumnSchema& column : schema.columns)
        note_name(changes, relation.columns.emplace_back(new_column(relation, column, of_mode)));
    for (const ModeColumnSpec& spec : mode_columns(mode)) relation.columns.push_back(mode_column(spec));
    connection.run(
        fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", quote_name(relation.catalog), quote_name(relation.schema)));
    if (!replace) refuse_taken_name(connection, relation);
    connection.run(
        fmt::format("CREATE {} TABLE {} ({})", replace ? "OR REPLACE" : "", relation.sql(), column_list(relation)));
    return changes;
}

std::vector<ShapeChange> mark_dropped(Relation& relation, const std::vector<std::string>& names,
                                      DroppedColumns dropped) {
    std::vector<ShapeChange> changes;
    for (const std::string& name : with_exact(names)) {
        TargetColumn* target = find_column(relation, name);
        if (target == nullptr || std::exchange(target->gone, true)) continue;
        changes.push_back(
            {"drop column", shown_column_name(name), "", dropped == DroppedColumns::keep ? "kept in the target" : ""});
    }
    return changes;
}

std::string set_aside_relation(const Connection& connection, const Relation& relation, const char* ending,
                               bool rows_changed) {
    std::vector<std::string> taken;
    for (const TextRow& row : connection.texts(fmt::format("SELECT name FROM ({}) WHERE lower(schema_name) = lower({})",
                                                           kTablesAndViews, quote_text(relation.schema))))
        taken.push_back(row[0].value());
    Relation aside = relation;
    aside.name = distinct_name(relation.name + ending, taken);
    move_relation(connection, relation, aside, rows_changed);
    return aside.name;
}

// In two rounds: two columns may swap their names.
std::vector<ShapeChange> rename_columns(const Connection& connection, Relation& relation,
                                        const std::vector<ColumnRename>& renamed) {
    const std::string table = "ALTER TABLE " + relation.sql();
    const auto rename = [&](TargetColumn& column, const std::string& name) {
        if (column.name != name)
            connection.run(fmt::format("{} RENAME COLUMN {} TO {}", table, quote_name(column.name), quote_name(name)));
        column.name = name;
    };
    std::vector<ShapeChange> changes;
    std::vector<std::pair<size_t, std::string>> places;
    for (const auto& [from, to] : with_exact(renamed)) {
        TargetColumn* column = find_column(relation, from);
        if (column == nullptr || column->gone) continue;
        places.emplace_back(column - relation.columns.data(), to);
        changes.push_back({"rename column", shown_column_name(from), shown_column_name(from), shown_column_name(to)});
    }
    for (const auto& [place, name] : places) {
        TargetColumn& column = relation.columns[place];
        column.source_name.clear();
        rename(column, distinct_name("__pintail_" + shown_column_name(name), names_of(relation)));
    }
    for (const auto& [place, name] : places) {
        if (TargetColumn* gone = find_column(relation, name)) {
            changes.push_back({"set aside column", shown_column_name(name), gone->name,
                               distinct_name(gone->name + "_dropped", names_of(relation))});
            rename(*gone, changes.back().new_text);
            *gone = {gone->name, "", "", gone->type, false};
        }
        rename(relation.columns[place], distinct_name(shown_column_name(name), names_of(relation)));
        relation.columns[place].source_name = name;
    }
    return changes;
}

std::vector<ShapeChange> widen_relation(const Connection& connection, Relation& relation, const TableSchema& schema,
                                        bool rows_changed, ShapePolicy policy) {
    // DuckDB has no table without columns: those that were the last ones stay until there are others.
    if (schema.columns.empty()) policy.dropped = DroppedColumns::keep;
    const Relation before = relation;
    std::vector<ShapeChange> changes = note_gone(relation, schema, policy.dropped);
    const Plan plan = plan_changes(connection, relation, schema, policy);
    // From here on it is nobody's column, as one that a user has added.
    for (const SetAside& aside : plan.set_aside) *aside.column = {aside.new_name, "", "", aside.column->type, false};
    if (plan.retyped.empty() && plan.added.empty() && plan.dropped.empty()) return changes;
    const auto described = describe(plan);
    changes.insert(changes.end(), described.begin(), described.end());
    if (!rows_changed && can_alter(relation, plan)) {
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
