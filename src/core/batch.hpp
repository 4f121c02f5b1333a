// What the target applies in one transaction: steps in order, then the position they lead to.
//
// Owned by one thread at a time: the reader fills it, the queue hands it over, the loader consumes it.
// A source closes the batch before a table's new shape when the batch has rows of that table: DuckDB cannot commit
// DELETE followed by ALTER of one table (docs/correctness.md). Only where both belong to one transaction of the source
// do they stand in one batch, and the loader makes the table anew.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/position.hpp"
#include "core/row_batch.hpp"

namespace pintail {

// All rows of the table go; `hidden`: of its hidden copy.
struct Truncate {
    std::shared_ptr<const TableSchema> schema;
    bool hidden = false;
    RowOrigin origin;
};

// The source starts to send the whole table anew, as of `lsn`.
// hidden: the copy is built in a shadow and takes the table's place at SnapshotEnd; a table that the target never had
// is
//   not there before. RowBatch::hidden says which rows are the copy's; others still go to the table, if it is shown.
// Not hidden: the loader decides. A table that is empty in the target is filled in place, any other gets a shadow. The
//   snapshot's rows (Op::snapshot) go there, and no changes may come before the end.
struct SnapshotStart {
    std::shared_ptr<const TableSchema> schema;
    uint64_t lsn = 0;
    bool hidden = false;
    int64_t taken_at_us = 0;  // the source's clock, microseconds since 1970
};

// A hidden copy is whole and stays hidden until its SnapshotEnd. The target remembers it, so that it need not be copied
// again: a source which starts again goes on with the changes from commits at or after its lsn.
struct SnapshotFilled {
    TableName table;
};

// The table is what its snapshot made of it. Several in one batch are shown together.
struct SnapshotEnd {
    TableName table;
};

// From here on the table's rows are not what the source has, and only a new snapshot makes them so; a copy in the
// making is thrown away, and the table forgotten if it was never shown. The target remembers it, so that a source which
// starts again takes that snapshot.
struct SnapshotDue {
    TableName table;
    std::string why;  // for the table's history
};

// The target is to have nothing of the table any more: neither rows nor what is remembered of it.
struct TableForget {
    TableName table;
};

struct ColumnRename {
    std::string from;
    std::string to;
};

// From here on the table has another shape, whether rows of it come or not: columns are called otherwise (all at once:
// two may have swapped their names), new ones are there, others are not.
struct Reshape {
    std::shared_ptr<const TableSchema> schema;
    std::vector<ColumnRename> renamed;
    std::vector<std::string> dropped;  // by their former names, which other columns may have now
    bool hidden = false;               // of the hidden copy
};

// The table is called otherwise from here on; nothing that the target has under the new name is followed any more: it
// goes.
struct TableRename {
    TableName from;
    TableName to;
};

// A change of the source that changes nothing in the target, for its history.
struct ShapeNote {
    std::string change;  // "set not null", …
    std::string column;
};

// From here on the table is not followed, and says why: its rows stay as they stand. An empty `why`: it is followed
// again. A SnapshotStart ends it, too: the whole table comes.
struct TableQuarantine {
    TableName table;
    std::string why;
};

// What the source wants to be remembered of a table, in its own words: it comes back as StoredTable::catalog_note.
struct CatalogNote {
    TableName table;
    std::string text;
    std::vector<ShapeNote> changes;
};

using Step = std::variant<RowBatch, Truncate, SnapshotStart, SnapshotFilled, SnapshotEnd, SnapshotDue, Reshape,
                          TableForget, TableRename, TableQuarantine, CatalogNote>;

// QuarantinedMessage::reason of a message that waits because its table is not followed.
std::string waiting_reason(const TableName& table);

// A message that could not be turned into rows; kept with its bytes so that nothing is lost.
struct QuarantinedMessage {
    std::string topic;
    int32_t partition = 0;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::string headers_json;  // [["name","value"],…]
    std::string table;         // "schema.table" where it is known, else empty
    std::string reason;        // never holds cell values
    int64_t id = 0;            // in pintail.quarantine; 0: not stored yet
};

// Everything of the topic's partition that waits in quarantine and lies before the offset: the table was emptied behind
// it, so that it has nothing to say any more.
struct SupersededMessages {
    static constexpr int32_t kAllPartitions = -1;
    std::string topic;
    int32_t partition = 0;
    int64_t before_offset = 0;
    std::string reason;  // only those with this one; empty: all
};

struct Batch {
    std::vector<Step> steps;
    std::vector<SupersededMessages> superseded;
    std::vector<int64_t> released;  // ids of messages that leave the quarantine: applied with this batch, or given up
    std::vector<QuarantinedMessage> quarantined;
    Position position;  // monostate: stays as it is

    // The source's transaction goes on in the next batch: the target keeps its own transaction open and commits both
    // together. Nothing of it is visible or acknowledged before.
    bool transaction_continues = false;

    // The loader calls it once the target holds the batch durably and nothing behind it; never of a batch that is lost.
    // Empty: nobody wants to know. It must not throw.
    std::function<void()> committed;

    size_t rows = 0;                               // over all steps
    size_t source_bytes = 0;                       // as received, for rates
    std::chrono::steady_clock::time_point oldest;  // when its first record was received

    bool empty() const { return steps.empty() && quarantined.empty() && released.empty() && superseded.empty(); }
    size_t memory_bytes() const;
};

}  // namespace pintail
