#include "duck/step_applier.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "duck/mode_columns.hpp"
#include "duck/relation_move.hpp"
#include "log/log.hpp"

namespace pintail::duck {
namespace {

std::vector<std::string> key_names(const TableSchema& schema) {
    std::vector<std::string> names;
    for (const uint32_t key : schema.key) names.push_back(schema.columns[key].name);
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

RowOrigin newest_of(const RowBatch& rows) {
    RowOrigin newest;
    for (const RowOrigin& origin : rows.origins) {
        newest.lsn = std::max(newest.lsn, origin.lsn);
        newest.commit_time_us = std::max(newest.commit_time_us, origin.commit_time_us);
    }
    return newest;
}

// Beside rows and shapes: what a table's rename may not overtake, since it means the one that had the name before.
const TableName* acted_on(const Step& step) {
    if (const auto* truncate = std::get_if<Truncate>(&step)) return &truncate->schema->name;
    if (const auto* due = std::get_if<SnapshotDue>(&step)) return &due->table;
    if (const auto* quarantine = std::get_if<TableQuarantine>(&step)) return &quarantine->table;
    return nullptr;
}

bool only_adds(const RowBatch& rows) {
    return std::all_of(rows.ops.begin(), rows.ops.end(), [](Op op) { return op == Op::insert || op == Op::snapshot; });
}

void say_other_name(const std::string& whose, const std::string& name) {
    log::info("{} is called {} in the target: its own name is taken there (DuckDB tells no names apart by case)", whose,
              name);
}

void say_other_name(const TargetTable& table) {
    const TableName name{table.visible.schema, table.visible.name};
    if (name != table.source) say_other_name("table " + to_string(table.source), to_string(name));
}

// A column that got another name than the source has for it, not one that the source has renamed.
bool is_other_name(const TargetTable& table, const ShapeChange& change) {
    const auto holds = [&](const Relation& relation) {
        return std::any_of(relation.columns.begin(), relation.columns.end(), [&](const TargetColumn& column) {
            return column.name == change.new_text && !column.source_name.empty() &&
                   shown_column_name(column.source_name) == change.old_text;
        });
    };
    return change.change == "rename column" && (holds(table.visible) || (table.shadow && holds(*table.shadow)));
}

}  // namespace

StepApplier::StepApplier(const Connection& connection, MemoryRoom& memory, TableStore& tables,
                         QuarantineStore& quarantine, CatalogNotes& notes, ShapePolicy policy, ModeOfTable mode_of)
    : connection_(connection),
      memory_(memory),
      tables_(tables),
      quarantine_(quarantine),
      notes_(notes),
      policy_(policy),
      mode_of_(mode_of ? std::move(mode_of) : [](const TableName&) { return TableMode::mirror; }),
      exact_columns_(tables) {}

ApplyResult StepApplier::apply(Batch& batch) {
    result_ = {};
    newest_.clear();
    hoisted_.clear();
    exact_columns_.extend(batch);
    align_shapes(batch);
    for (const Step& step : batch.steps) std::visit([this](const auto& one) { run_step(one); }, step);
    tables_.note_progress(newest_);
    return result_;
}

// Each table takes its first shape before any row; a later one has to wait for the rows that stand before it. A table
// whose snapshot starts in this batch takes its shape there: a shadow has the new one from the start.
void StepApplier::align_shapes(const Batch& batch) {
    std::set<TableName> seen, acted;
    for (const Step& step : batch.steps) {
        if (const TableName* name = acted_on(step)) acted.insert(*name);
        if (const auto* start = std::get_if<SnapshotStart>(&step)) seen.insert(start->schema->name);
        if (const auto* rename = std::get_if<TableRename>(&step)) hoist(*rename, seen, acted);
        if (const auto* reshape = std::get_if<Reshape>(&step); reshape && seen.insert(reshape->schema->name).second) {
            take_shape(*reshape);
            hoisted_.insert(reshape);
        }
        const auto* rows = std::get_if<RowBatch>(&step);
        if (rows == nullptr || !seen.insert(rows->schema->name).second) continue;
        Receiver& receiver = receiver_of(*rows->schema);
        align(receiver, goes_to_shadow(receiver, *rows), rows->schema);
    }
}

StepApplier::Receiver& StepApplier::receiver_of(const TableSchema& schema) {
    Receiver& receiver = receivers_[schema.name];
    if (receiver.table == nullptr) receiver.table = tables_.find(schema.name);
    if (receiver.table == nullptr) receiver.table = &create_table(schema);
    return receiver;
}

TargetTable& StepApplier::add_table(const TableSchema& schema) {
    const TableMode mode = mode_of_(schema.name);
    refuse_taken_columns(schema, mode);
    TargetTable& table = tables_.add(schema, mode);
    table.key = key_names(schema);
    say_other_name(table);
    return table;
}

// Known, and copied out of sight: readers do not see it yet.
void StepApplier::announce_table(const TableSchema& schema) {
    if (tables_.find(schema.name) != nullptr) return;
    TargetTable& table = add_table(schema);
    table.shown = false;
    refuse_taken_name(connection_, table.visible);
}

TargetTable& StepApplier::create_table(const TableSchema& schema) {
    TargetTable& table = add_table(schema);
    record(table, create_relation(connection_, table.visible, schema, table.mode, false));
    tables_.save(table);
    return table;
}

ShapePolicy StepApplier::policy_of(const TargetTable& table) const {
    return {table.mode == TableMode::mirror ? policy_.dropped : DroppedColumns::keep, policy_.types};
}

void StepApplier::record(const TargetTable& table, const std::vector<ShapeChange>& changes) {
    for (const ShapeChange& change : changes) {
        tables_.note_change(to_string(table.source), change.change, change.column, change.old_text, change.new_text);
        if (is_other_name(table, change))
            say_other_name(fmt::format("table {}: column {}", to_string(table.source), change.old_text),
                           change.new_text);
    }
}

// A snapshot that is not a hidden one takes all that comes until its end.
bool StepApplier::goes_to_shadow(const Receiver& receiver, const RowBatch& rows) {
    return rows.hidden || (receiver.table->shadow && !receiver.told_apart);
}

Relation& StepApplier::relation_for(const Receiver& receiver, bool in_shadow) {
    TargetTable& table = *receiver.table;
    if (in_shadow ? table.shadow.has_value() : table.shown) return in_shadow ? *table.shadow : table.visible;
    throw Error(ErrorKind::internal,
                fmt::format("table {}: a change came for it, but {}", to_string(table.source),
                            in_shadow ? "its hidden copy was never begun" : "it is not shown yet"));
}

void StepApplier::align(Receiver& receiver, bool in_shadow, const std::shared_ptr<const TableSchema>& schema) {
    TargetTable& table = *receiver.table;
    Bound& bound = in_shadow ? receiver.shadow : receiver.visible;
    if (bound.binding.schema == schema) return;
    Relation& relation = relation_for(receiver, in_shadow);
    memory_.expect(to_string(table.source), std::max(relation.columns.size(), schema->columns.size()));
    const auto changes =
        widen_relation(connection_, relation, *schema, written_.contains(relation.sql()), policy_of(table));
    if (std::any_of(changes.begin(), changes.end(), [](const ShapeChange& one) { return one.change == kRebuilt; })) {
        written_.insert(relation.sql());
        changed_.erase(relation.sql());
    }
    record(table, changes);
    align_key(table, *schema);
    if (!changes.empty()) tables_.save(table);
    bound.binding = duck::bind(relation, schema);  // not std::bind
    bound.writer = make_table_writer(table.mode, {connection_, quarantine_, relation, bound.binding});
}

void StepApplier::align_key(TargetTable& table, const TableSchema& schema) {
    const auto key = key_names(schema);
    if (key == table.key) return;
    tables_.note_change(to_string(table.source), "change key", "", joined(table.key), joined(key));
    table.key = key;
    tables_.save(table);
}

void StepApplier::run_step(const RowBatch& rows) {
    if (rows.rows() == 0) return;
    Receiver& receiver = receiver_of(*rows.schema);
    const bool in_shadow = goes_to_shadow(receiver, rows);
    align(receiver, in_shadow, rows.schema);
    if (in_shadow && !rows.hidden &&
        std::any_of(rows.ops.begin(), rows.ops.end(), [](Op op) { return op != Op::snapshot; })) {
        throw Error(
            ErrorKind::internal,
            fmt::format("table {}: a change came before the end of the snapshot at {}: the swap would lose it",
                        to_string(rows.schema->name), to_string(Lsn{receiver.table->snapshot_lsn.value_or(0)})));
    }
    const uint64_t removed = result_.rows_removed;
    (in_shadow ? receiver.shadow : receiver.visible).writer->write(rows, result_);
    note_written(receiver, in_shadow, only_adds(rows) && result_.rows_removed == removed);
    RowOrigin& newest = newest_[receiver.table];
    const RowOrigin here = newest_of(rows);
    newest = {std::max(newest.lsn, here.lsn), std::max(newest.commit_time_us, here.commit_time_us)};
}

void StepApplier::run_step(const Truncate& truncate) {
    Receiver& receiver = receiver_of(*truncate.schema);
    Bound& bound = truncate.hidden ? receiver.shadow : receiver.visible;
    if (!bound.writer) align(receiver, truncate.hidden, truncate.schema);
    bound.writer->truncate(truncate.origin, result_);
    note_written(receiver, truncate.hidden, false);
}

// In other modes than mirror a row that comes may change another one.
void StepApplier::note_written(const Receiver& receiver, bool in_shadow, bool only_added) {
    const std::string relation = relation_for(receiver, in_shadow).sql();
    written_.insert(relation);
    if (!only_added || receiver.table->mode != TableMode::mirror) changed_.insert(relation);
}

// A relation of this name is not there any more, or has just been made.
void StepApplier::forget_rows(const Relation& relation) {
    written_.erase(relation.sql());
    changed_.erase(relation.sql());
}

void StepApplier::forget_table(TargetTable& table) {
    notes_.forget(table.source);
    receivers_.erase(table.source);
    newest_.erase(&table);
    tables_.remove(TableName(table.source));
}

void StepApplier::set_aside(const TargetTable& table, const char* ending) {
    const bool changed = changed_.contains(table.visible.sql());
    const std::string aside = set_aside_relation(connection_, table.visible, ending, changed);
    tables_.note_change(to_string(table.source), "set aside table", "", table.visible.name, aside);
    log::warn("table {}: what it held before is kept as {}.{}, which nothing changes from here on",
              to_string(table.source), table.visible.schema, aside);
}

void StepApplier::run_step(const Reshape& reshape) {
    if (!hoisted_.contains(&reshape)) take_shape(reshape);
}

void StepApplier::take_shape(const Reshape& reshape) {
    Receiver& receiver = receiver_of(*reshape.schema);
    TargetTable& table = *receiver.table;
    Relation& relation = relation_for(receiver, reshape.hidden);
    auto changes = mark_dropped(relation, reshape.dropped, policy_of(table).dropped);
    for (ShapeChange& change : rename_columns(connection_, relation, reshape.renamed))
        changes.push_back(std::move(change));
    for (std::string& name : table.key) {
        const auto found = std::find_if(reshape.renamed.begin(), reshape.renamed.end(),
                                        [&](const ColumnRename& one) { return one.from == name; });
        if (found != reshape.renamed.end()) name = found->to;
    }
    record(table, changes);
    if (!changes.empty()) tables_.save(table);
    (reshape.hidden ? receiver.shadow : receiver.visible) = {};
    align(receiver, reshape.hidden, reshape.schema);
}

// Before the rows that come under the new name; behind what came under one of the two in the same batch.
void StepApplier::hoist(const TableRename& rename, std::set<TableName>& seen, const std::set<TableName>& acted) {
    const auto stands_before = [&](const TableName& name) { return seen.contains(name) || acted.contains(name); };
    if (!stands_before(rename.from) && !stands_before(rename.to)) {
        rename_table(rename);
        hoisted_.insert(&rename);
        return;
    }
    seen.insert(rename.from);
    seen.insert(rename.to);
}

void StepApplier::run_step(const TableRename& rename) {
    if (!hoisted_.contains(&rename)) rename_table(rename);
}

void StepApplier::rename_table(const TableRename& rename) {
    TargetTable* table = tables_.find(rename.from);
    if (table == nullptr) return;
    if (TargetTable* other = tables_.find(rename.to)) give_up_table(*other);
    const bool written = written_.contains(table->visible.sql());
    const bool changed = changed_.contains(table->visible.sql());
    notes_.forget(rename.from);
    receivers_.erase(rename.from);
    receivers_.erase(rename.to);
    const Relation before = table->visible;
    tables_.rename(*table, rename.to);
    move_relation(connection_, before, table->visible, changed);
    forget_rows(before);
    if (written || before.schema != table->visible.schema) written_.insert(table->visible.sql());
    say_other_name(*table);
    tables_.note_change(to_string(rename.to), "rename table", "", to_string(rename.from), to_string(rename.to));
    tables_.save(*table);
}

// A mirror has nothing that the source does not have. What another mode has kept is not lost: it becomes a table of
// nobody's, as it last stood.
void StepApplier::give_up_table(TargetTable& table) {
    if (table.shadow) drop_shadow(table);
    if (table.shown && table.mode != TableMode::mirror) {
        set_aside(table, "_dropped");
    } else {
        if (table.shown) connection_.run("DROP TABLE " + table.visible.sql());
        tables_.note_change(to_string(table.source), "drop table", "", "", "");
    }
    forget_table(table);
}

void StepApplier::run_step(const TableForget& forget) {
    TargetTable* table = tables_.find(forget.table);
    if (table == nullptr) return;
    if (table->shadow) drop_shadow(*table);
    if (table->shown) connection_.run("DROP TABLE " + table->visible.sql());
    forget_rows(table->visible);
    quarantine_.forget(forget.table);
    tables_.note_change(to_string(forget.table), "forget table", "", "", "");
    forget_table(*table);
}

void StepApplier::quarantine_table(const TableName& name, const std::string& why) {
    TargetTable* table = tables_.find(name);
    if (table == nullptr || table->quarantined == why) return;
    tables_.note_change(to_string(name), why.empty() ? "end quarantine" : "quarantine table", "", table->quarantined,
                        why);
    table->quarantined = why;
    tables_.save(*table);
}

void StepApplier::run_step(const CatalogNote& note) {
    for (const ShapeNote& change : note.changes)
        tables_.note_change(to_string(note.table), change.change, change.column, "", "");
    notes_.keep(note.table, note.text);
}

}  // namespace pintail::duck
