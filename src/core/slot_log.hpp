// What a server keeps back for the reader of a replication slot: its log from where that one may still need it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace pintail {

struct SlotLog {
    std::string slot;
    int64_t end = 0;  // LSN that the server's log had reached
    int64_t retained_bytes = 0;
    std::string wal_status;                // reserved, extended, unreserved, lost: as Postgres names them
    std::optional<int64_t> safe_wal_size;  // until the slot may be lost; none: no max_slot_wal_keep_size
    std::optional<int64_t> budget;         // --max-wal
};

}  // namespace pintail
