// What one Debezium message says, apart from its cells.
#pragma once

#include <cstdint>
#include <optional>

#include "core/row_batch.hpp"

namespace pintail::wire {

enum class EventKind : uint8_t {
    row,        // c, u, d, r
    truncate,   // t
    tombstone,  // null value
    other       // m, heartbeats, transaction metadata, schema-change and signal-table events: nothing to apply
};

enum class SnapshotMark : uint8_t {
    none,    // streamed
    inside,  // a row of a snapshot, with more rows of the table to come
    last_of_table,
    incremental
};

struct Event {
    EventKind kind = EventKind::other;
    Op op = Op::insert;
    SnapshotMark snapshot = SnapshotMark::none;
    // source.sequence and source.lsn; see CORRECTNESS in docs/correctness.md for what they decide.
    std::optional<uint64_t> last_commit_lsn;
    std::optional<uint64_t> lsn;
    int64_t source_time_us = 0;  // source.ts_us, or ts_ms * 1000
    // The row's key was (remove) or has been (insert) changed: headers __debezium.newkey / __debezium.oldkey.
    // Looked up only for removes, and for inserts while `expect_key_change` was passed.
    bool key_change = false;
    uint32_t rows_appended = 0;  // 0, 1, or 2 (update of a table without key: remove + insert)
};

}  // namespace pintail::wire
