// Copies whole tables as of one exported snapshot, over several connections: the one primitive behind the first copy,
// new tables and tables that must be copied again.
//
// Made and drained by the reader's thread; `jobs` threads of its own copy and decode, and hand batches over through a
// queue of bounded size. The stream applies a table's changes from commits at or after lsn(): the copy holds all
// earlier ones. A failure of any of them is thrown by next(); then nothing more comes. The rows are those of hidden
// copies.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/column_policy.hpp"
#include "core/source.hpp"
#include "postgres/connection.hpp"
#include "postgres/publication.hpp"
#include "postgres/replication_slot.hpp"
#include "postgres/sessions.hpp"
#include "source/catalog_entry.hpp"

namespace pintail::source {

struct TableSyncOptions {
    std::string url;
    std::vector<std::string> publications;  // that the tables are published by
    size_t jobs = 2;
    BatchLimits limits;
    ColumnPolicies policies;
    std::shared_ptr<postgres::Sessions> sessions;  // that its own become part of
};

// How far a copy is, for people.
struct SyncProgress {
    size_t tables = 0;
    size_t tables_done = 0;
    uint64_t rows = 0;
    uint64_t pages = 0;  // of all tables
    uint64_t pages_done = 0;
};

// A table that the sync has copied whole, or could not.
struct SyncedTable {
    std::shared_ptr<const TableSchema> schema;
    std::shared_ptr<const CatalogEntry> entry;  // the catalog's, in the snapshot; nullptr: it cannot be told
    bool spoilt = false;  // rewritten or dropped before it could be read: the copy is worth nothing
};

inline constexpr const char* kSpoilt = "it was altered or dropped while its copy was being prepared";

class TableSync {
public:
    // Returns when every worker has imported the snapshot: its holder may then go.
    TableSync(TableSyncOptions options, const postgres::ExportedSnapshot& snapshot,
              std::vector<postgres::PublishedTable> tables);
    // Makes a temporary slot of that name for its snapshot, on a thread of its own: the server waits for every
    // transaction that runs.
    TableSync(TableSyncOptions options, std::string slot, std::vector<postgres::PublishedTable> tables);
    ~TableSync();  // interrupts what runs

    // The snapshot's point; nullopt: it is not there yet.
    std::optional<Lsn> lsn() const;

    // The next rows, with SnapshotStart in front of a table's first. nullopt: none within `patience`, or done().
    // What is to be said of a table's end is the caller's to add: take_finished().
    std::optional<Batch> next(std::chrono::milliseconds patience);
    bool has_next() const;  // next() would not wait
    bool done() const;      // every batch has been taken

    // Tables whose last batch has been taken since the last call. One that was not there in the snapshot never comes.
    std::vector<SyncedTable> take_finished();

    SyncProgress progress() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintail::source
