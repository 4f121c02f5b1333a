// The steps of one batch, in order, inside the loader's transaction: shapes first, then rows, truncates, snapshots.
//
// Lives as long as the loader's view of the target (TargetSession): it remembers how each TableSchema maps onto its
// table, so that the steady state costs one pointer comparison per RowBatch. After any Error construct anew.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/batch.hpp"
#include "core/destination.hpp"
#include "duck/catalog_notes.hpp"
#include "duck/exact_columns.hpp"
#include "duck/memory_room.hpp"
#include "duck/quarantine_store.hpp"
#include "duck/shape.hpp"
#include "duck/table_store.hpp"
#include "duck/table_writer.hpp"

namespace pintail::duck {

class StepApplier {
public:
    // `dropped`: for mirrors; tables of other modes keep what was. `mode_of`: for tables that the target does not have
    // yet.
    StepApplier(const Connection& connection, MemoryRoom& memory, TableStore& tables, QuarantineStore& quarantine,
                CatalogNotes& notes, ShapePolicy policy, ModeOfTable mode_of);

    // A new transaction of the target begins; one may span several batches.
    void begin() { written_.clear(), changed_.clear(); }
    // Gives the batch's rows the columns that only the target has (ExactColumns).
    ApplyResult apply(Batch& batch);
    // An empty `why` ends it.
    void quarantine_table(const TableName& name, const std::string& why);

private:
    // A relation as seen from the last schema that it was written under.
    struct Bound {
        Binding binding;
        std::unique_ptr<TableWriter> writer;
    };
    // A table with its two possible receivers of rows.
    struct Receiver {
        TargetTable* table = nullptr;
        Bound visible;
        Bound shadow;
        bool told_apart = false;  // the shadow's snapshot is a hidden one: rows say where they belong
    };

    void align_shapes(const Batch& batch);
    void run_step(const RowBatch& rows);
    void run_step(const Truncate& truncate);
    void run_step(const SnapshotStart& start);
    void run_step(const SnapshotFilled& filled);
    void run_step(const SnapshotEnd& end);
    void run_step(const SnapshotDue& due);
    void run_step(const TableForget& forget);
    void run_step(const Reshape& reshape);
    void run_step(const TableRename& rename);
    void run_step(const TableQuarantine& step) { quarantine_table(step.table, step.why); }
    void run_step(const CatalogNote& note);
    void hoist(const TableRename& rename, std::set<TableName>& seen, const std::set<TableName>& acted);
    void rename_table(const TableRename& rename);
    void give_up_table(TargetTable& table);
    void take_shape(const Reshape& reshape);

    Receiver& receiver_of(const TableSchema& schema);
    TargetTable& add_table(const TableSchema& schema);
    TargetTable& create_table(const TableSchema& schema);
    void announce_table(const TableSchema& schema);
    ShapePolicy policy_of(const TargetTable& table) const;
    static bool goes_to_shadow(const Receiver& receiver, const RowBatch& rows);
    static Relation& relation_for(const Receiver& receiver, bool in_shadow);
    void align(Receiver& receiver, bool in_shadow, const std::shared_ptr<const TableSchema>& schema);
    void align_key(TargetTable& table, const TableSchema& schema);
    void record(const TargetTable& table, const std::vector<ShapeChange>& changes);
    void start_in_place(Receiver& receiver, const TableSchema& schema);
    void start_shadow(Receiver& receiver, const TableSchema& schema);
    void drop_shadow(TargetTable& table);
    void show_copy(TargetTable& table);
    bool keep_before(TargetTable& table);
    void set_aside(const TargetTable& table, const char* ending);
    void merge_copy_into(TargetTable& table);
    void forget_table(TargetTable& table);
    bool is_empty(const Relation& relation) const;
    void forget_rows(const Relation& relation);
    void note_written(const Receiver& receiver, bool in_shadow, bool only_added);

    const Connection& connection_;
    MemoryRoom& memory_;
    TableStore& tables_;
    QuarantineStore& quarantine_;
    CatalogNotes& notes_;
    ShapePolicy policy_;
    ModeOfTable mode_of_;
    ExactColumns exact_columns_;
    std::map<TableName, Receiver> receivers_;
    ApplyResult result_;
    std::set<const void*> hoisted_;  // steps of the batch that were run before its rows
    std::set<std::string> written_;  // relations with rows of this transaction: no ALTER any more
    std::set<std::string> changed_;  // with rows removed or changed in it: no RENAME either (relation_move.hpp)
    std::map<TargetTable*, RowOrigin> newest_;  // in this transaction
};

}  // namespace pintail::duck
