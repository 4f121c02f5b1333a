// pintail.tables and pintail.schema_history, and their mirror in memory.
//
// One loader thread, inside its transaction. After an Error the mirror is stale: construct anew.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/row_batch.hpp"
#include "duck/connection.hpp"
#include "duck/row_feed.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// Of the tables that hidden copies are built in; no table of a source is called like that in the target.
inline constexpr const char* kShadowPrefix = "__pintail_shadow_";

// The last SnapshotDue's reason of a table, from pintail.schema_history; nullopt: it had none.
std::optional<std::string> why_due(const Connection& connection, const std::string& catalog, const TableName& name);

class TableStore {
public:
    // Reads everything. Throws Error(destination) when a table that pintail made is not there any more.
    TableStore(const Connection& connection, std::string catalog);

    TargetTable* find(const TableName& name);
    // A new entry with names of its own in the target; its relation is not created yet and has no columns.
    TargetTable& add(const TableSchema& schema, TableMode mode);
    // Writes the entry's row anew: after a change of shape, key or snapshot state.
    void save(const TargetTable& table);
    // The entry stands for the source's table `name` from now on, with names of its own in the target; nothing is
    // renamed there yet.
    void rename(TargetTable& table, const TableName& name);
    // Forgets the entry and its row.
    void remove(const TableName& name);
    // The newest change that each table has seen: one statement for all, since it is part of every batch.
    void note_progress(const std::map<TargetTable*, RowOrigin>& newest);
    void note_change(const std::string& table, const std::string& change, const std::string& column,
                     const std::string& old_text, const std::string& new_text);
    std::optional<std::string> why_due(const TableName& name) const {
        return duck::why_due(connection_, catalog_, name);
    }

    const std::map<TableName, TargetTable>& tables() const { return tables_; }

private:
    void load_row(const TextRow& row);
    Relation names_for(const TableName& name) const;

    const Connection& connection_;
    std::string catalog_;
    std::map<TableName, TargetTable> tables_;
    std::optional<RowFeed> progress_;
    std::optional<Statement> store_progress_;
};

// The columns of a physical table as DuckDB has them; nullopt: there is no such table.
std::optional<std::vector<TargetColumn>> read_columns(const Connection& connection, const Relation& relation);

// As the rest of pintail sees it.
std::shared_ptr<const TableSchema> schema_of(const TargetTable& table);
// With the columns that only the target has (exact_columns.hpp), as one of its relations stands.
std::shared_ptr<const TableSchema> whole_schema_of(const TargetTable& table, const Relation& relation);

}  // namespace pintail::duck
