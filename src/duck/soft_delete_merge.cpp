#include <fmt/format.h>

#include "duck/copy_merge.hpp"
#include "duck/copy_pairs.hpp"
#include "duck/mode_columns.hpp"
#include "duck/quote.hpp"
#include "duck/row_slices.hpp"

namespace pintail::duck {
namespace {

std::string is_standing(const Relation& relation) {
    return "NOT coalesce(v." + name_of(relation, ModeColumn::deleted) + ", false)";
}

void mark_vanished(const Connection& connection, const TargetTable& table) {
    connection.run(fmt::format("UPDATE {} AS v SET {} = true, {} = {} WHERE {} AND v.rowid NOT IN (SELECT v FROM {})",
                               table.visible.sql(), name_of(table.visible, ModeColumn::deleted),
                               name_of(table.visible, ModeColumn::deleted_at), taken_at(table),
                               is_standing(table.visible), kPairs));
}

void add_copied(const Connection& connection, const TargetTable& table, bool keep_old) {
    std::string into =
        name_of(table.visible, ModeColumn::deleted) + ", " + name_of(table.visible, ModeColumn::deleted_at);
    std::string from =
        "s." + name_of(*table.shadow, ModeColumn::deleted) + ", s." + name_of(*table.shadow, ModeColumn::deleted_at);
    for (const CommonColumn& column : common_columns(table)) {
        into += ", " + column.name;
        from += ", " + column.in_copy;
    }
    const std::string old = keep_old
                                ? fmt::format(" LEFT JOIN {} AS p ON p.s = s.rowid LEFT JOIN {} AS v ON v.rowid = p.v",
                                              kPairs, table.visible.sql())
                                : "";
    for (const TargetColumn& column : table.visible.columns) {
        const bool nobodys = column.source_name.empty() && column.role == ModeColumn::none;
        if (!keep_old || !nobodys) continue;
        into += ", " + quote_name(column.name);
        from += ", v." + quote_name(column.name);
    }
    for (const int64_t first : row_slices(connection, table.shadow->sql())) {
        connection.run(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} AS s{} WHERE {}", table.visible.sql(), into,
                                   from, table.shadow->sql(), old, in_slice("s", first)));
    }
}

}  // namespace

// A row of the copy takes the place of the one that it is; rows that were deleted stay, unless the source has the key
// again. Of several rows under one key (the table had none before) one is replaced, the others are marked.
void merge_soft_delete(const Connection& connection, const TargetTable& table, bool keep_old) {
    PairedRows rows;
    (table.key.empty() ? rows.of_table : rows.first) = is_standing(table.visible);
    pair_rows(connection, table, rows);
    mark_vanished(connection, table);
    add_copied(connection, table, keep_old);  // while the rows are there whose old cells are kept
    connection.run(fmt::format("DELETE FROM {} AS v USING {} AS p WHERE v.rowid = p.v", table.visible.sql(), kPairs));
}

}  // namespace pintail::duck
