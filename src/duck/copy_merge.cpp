#include "duck/copy_merge.hpp"

#include "duck/sql_type.hpp"
#include "duck/table_store.hpp"

namespace pintail::duck {
namespace {

// What cannot be widened is another column from now on, and so is what stands beside it: widen_relation() sets aside
// those that are gone.
void give_up_incompatible(Relation& relation, const TableSchema& schema) {
    for (const ColumnSchema& column : schema.columns) {
        for (TargetColumn& target : relation.columns) {
            if (column_of_exact(target.source_name) == column.name) {
                const TargetColumn* beside = relation.find_source(column.name);
                target.gone = target.gone || (beside != nullptr && beside->gone);
            }
            if (target.source_name != column.name) continue;
            const ColumnType wanted = storable(column.type);
            const bool fits =
                target.type && (widens_losslessly(wanted, *target.type) || widens_losslessly(*target.type, wanted));
            target.gone = target.gone || !fits;
        }
    }
}

}  // namespace

std::vector<ShapeChange> merge_copy(const Connection& connection, TargetTable& table, bool rows_changed,
                                    bool keep_old) {
    const auto schema = whole_schema_of(table, *table.shadow);
    give_up_incompatible(table.visible, *schema);
    const auto changes = widen_relation(connection, table.visible, *schema, rows_changed);
    if (table.mode == TableMode::history) merge_history(connection, table);
    else merge_soft_delete(connection, table, keep_old);
    connection.run("DROP TABLE " + table.shadow->sql());
    return changes;
}

}  // namespace pintail::duck
