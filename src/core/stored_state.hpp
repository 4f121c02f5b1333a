// What a target remembers: read once at start, before the source is asked for anything.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/position.hpp"
#include "core/table_schema.hpp"

namespace pintail {

struct StoredTable {
    std::shared_ptr<const TableSchema> schema;  // columns as they stand in the target, key as it was last known
    std::optional<uint64_t> snapshot_lsn;  // of the last snapshot that was begun for it; none: never, or one is due
    bool snapshot_open = false;            // begun, and not whole yet
    bool snapshot_waits = false;           // whole, but hidden still (SnapshotFilled)
    bool shown = true;                     // readers see a table; false: there is a hidden copy only
    std::string catalog_note;              // the last CatalogNote; empty: none yet
    std::string quarantined;               // why it is not followed (TableQuarantine); empty: it is
};

// A key whose changes wait in quarantine: later ones queue behind it.
struct BlockedKey {
    std::string topic;
    std::string key;  // the message's key bytes
};

// Messages of a table that is not followed: the topics in which they came.
struct WaitingTopic {
    std::string topic;
    TableName table;
};

struct StoredState {
    std::string target_uuid;  // made once, when pintail first writes to the target
    Position position;        // monostate: nothing stored yet
    std::vector<StoredTable> tables;
    std::vector<BlockedKey> blocked_keys;  // not those that wait with their whole table
    std::vector<WaitingTopic> waiting_topics;
};

// nullptr: the target has none by that name.
const StoredTable* find_table(const StoredState& state, const TableName& name);

// Somebody has asked for it: Error(usage).
[[noreturn]] void refuse_unknown_table(const TableName& name);

}  // namespace pintail
