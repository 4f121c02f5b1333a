// StepApplier: copies of whole tables, into an empty table or out of sight beside it (docs/correctness.md,
// "Snapshots").
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "duck/copy_merge.hpp"
#include "duck/kept_columns.hpp"
#include "duck/relation_move.hpp"
#include "duck/step_applier.hpp"

namespace pintail::duck {

bool StepApplier::is_empty(const Relation& relation) const {
    return connection_.texts(fmt::format("SELECT 'x' FROM {} LIMIT 1", relation.sql())).empty();
}

void StepApplier::run_step(const SnapshotStart& start) {
    if (start.hidden) announce_table(*start.schema);
    Receiver& receiver = receiver_of(*start.schema);
    TargetTable& table = *receiver.table;
    const bool goes_on = table.snapshot_open && table.snapshot_lsn == start.lsn;
    if (!start.hidden && goes_on) return;  // the same snapshot after a restart
    if (table.shadow) drop_shadow(table);
    if (!table.quarantined.empty()) quarantine_table(table.source, "");
    table.snapshot_lsn = start.lsn;
    table.snapshot_time_us = start.taken_at_us;
    table.snapshot_open = true;
    receiver.told_apart = start.hidden;
    if (start.hidden || !is_empty(table.visible)) start_shadow(receiver, *start.schema);
    else start_in_place(receiver, *start.schema);
    align_key(table, *start.schema);
    tables_.save(table);
}

// An empty table may take any shape: it is made anew when the old one does not fit exactly.
void StepApplier::start_in_place(Receiver& receiver, const TableSchema& schema) {
    Relation& relation = receiver.table->visible;
    const auto fits = [&](const ColumnSchema& column) {
        const TargetColumn* target = relation.find_source(column.name);
        return target != nullptr && target->type == storable(column.type);
    };
    if (std::all_of(schema.columns.begin(), schema.columns.end(), fits)) return;
    relation.columns.clear();
    record(*receiver.table, create_relation(connection_, relation, schema, receiver.table->mode, true));
    receiver.visible = {};
    forget_rows(relation);
}

void StepApplier::start_shadow(Receiver& receiver, const TableSchema& schema) {
    TargetTable& table = *receiver.table;
    table.shadow = Relation{table.visible.catalog, table.visible.schema, kShadowPrefix + table.visible.name, {}};
    record(table, create_relation(connection_, *table.shadow, schema, table.mode, true));
    receiver.shadow = {};
}

void StepApplier::drop_shadow(TargetTable& table) {
    connection_.run("DROP TABLE IF EXISTS " + table.shadow->sql());
    forget_rows(*table.shadow);
    receivers_[table.source].shadow = {};
    table.shadow.reset();
}

void StepApplier::run_step(const SnapshotFilled& filled) {
    TargetTable* table = tables_.find(filled.table);
    if (table == nullptr || !table->shadow) {
        throw Error(
            ErrorKind::internal,
            fmt::format("table {}: its hidden copy is said to be whole, but was never begun", to_string(filled.table)));
    }
    table->snapshot_open = false;
    tables_.save(*table);
}

void StepApplier::run_step(const SnapshotEnd& end) {
    TargetTable* table = tables_.find(end.table);
    if (table == nullptr || (!table->snapshot_open && !table->shadow)) return;
    if (table->shadow && table->shown && table->mode != TableMode::mirror) merge_copy_into(*table);
    else if (table->shadow) show_copy(*table);
    table->snapshot_open = false;
    tables_.save(*table);
}

// The copy takes the table's place.
void StepApplier::show_copy(TargetTable& table) {
    const Relation shadow = *table.shadow;
    if (table.shown && !keep_before(table)) connection_.run("DROP TABLE " + table.visible.sql());
    move_relation(connection_, shadow, table.visible, changed_.contains(shadow.sql()));
    forget_rows(table.visible);
    if (written_.contains(shadow.sql())) written_.insert(table.visible.sql());
    forget_rows(shadow);
    table.visible.columns = std::move(table.shadow->columns);
    table.shadow.reset();
    table.shown = true;
    receivers_.insert_or_assign(table.source, Receiver{&table, {}, {}});
    tables_.note_change(to_string(table.source), "swap in snapshot", "", "",
                        to_string(Lsn{table.snapshot_lsn.value_or(0)}));
}

// Old columns go into the copy. Where they cannot, the table that has them stays as one of nobody's: true.
bool StepApplier::keep_before(TargetTable& table) {
    if (policy_.types != TypeChanges::new_column) return false;
    if (const auto kept = keep_columns(connection_, table)) return record(table, *kept), false;
    if (is_empty(table.visible)) return false;
    set_aside(table, "_before");
    return true;
}

// What the table holds beside the source's rows is kept: deleted rows, versions.
void StepApplier::merge_copy_into(TargetTable& table) {
    record(table, merge_copy(connection_, table, written_.contains(table.visible.sql()),
                             policy_.types == TypeChanges::new_column));
    forget_rows(*table.shadow);
    table.shadow.reset();
    written_.insert(table.visible.sql());
    changed_.insert(table.visible.sql());
    receivers_.insert_or_assign(table.source, Receiver{&table, {}, {}});
    tables_.note_change(to_string(table.source), "merge snapshot", "", "",
                        to_string(Lsn{table.snapshot_lsn.value_or(0)}));
}

void StepApplier::run_step(const SnapshotDue& due) {
    TargetTable* table = tables_.find(due.table);
    if (table == nullptr) return;
    const bool due_before = !table->snapshot_lsn && !table->shadow && table->quarantined.empty();
    if (due_before && tables_.why_due(due.table) == due.why) return;  // each start says it again
    if (table->shadow) drop_shadow(*table);
    table->snapshot_open = false;
    table->snapshot_lsn.reset();
    if (!table->quarantined.empty()) quarantine_table(due.table, "");
    tables_.note_change(to_string(due.table), "snapshot due", "", "", due.why);
    if (table->shown) tables_.save(*table);
    else forget_table(*table);
}

}  // namespace pintail::duck
