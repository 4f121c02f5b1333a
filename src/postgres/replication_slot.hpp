// Logical replication slots: what is there, making one, and the snapshot that a new slot exports.
// https://www.postgresql.org/docs/current/protocol-replication.html
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "core/lsn.hpp"
#include "core/slot_log.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// Who the server is: a position means something on this one only.
struct ServerIdentity {
    std::string system_identifier;
    uint32_t timeline = 0;
    std::string database;
};

ServerIdentity identify_server(Connection& replication);

// Where the history of the server, on its timeline `now`, left timeline `before`: up to there both are the same.
// nullopt: `before` is no ancestor.
std::optional<Lsn> end_of_timeline(Connection& replication, uint32_t now, uint32_t before);

struct SlotState {
    Lsn confirmed_flush;     // the server sends nothing from before this
    int64_t active_pid = 0;  // 0: nobody reads
    std::string database;
    std::string plugin;
    bool lost = false;  // the server has removed log that it needs, or gave it up for another reason
    std::string lost_because;
};

inline constexpr size_t kLongestSlotName = 63;  // NAMEDATALEN - 1

// NAME_2: for a slot beside one that is to be left alone.
std::string another_slot_name(const std::string& slot);

std::optional<SlotState> find_slot(Connection& connection, const std::string& slot);

// nullopt: there is no such slot.
std::optional<SlotLog> slot_log(Connection& connection, const std::string& slot);

// A snapshot that other sessions can import for as long as the session that made it lives and runs nothing else.
struct ExportedSnapshot {
    std::string name;
    Lsn consistent_point;  // it holds exactly the transactions whose COMMIT record begins before this
};

struct NewSlot {
    std::string name;
    bool temporary = false;  // gone with the session
    bool failover = false;   // kept on standbys too (of a primary, PostgreSQL 17 and later; ignored otherwise)
};

// `replication` is a replication connection; it becomes the snapshot's holder. On a standby this waits until the
// primary logs its running transactions (pg_log_standby_snapshot() there, or its next checkpoint).
ExportedSnapshot create_slot(Connection& replication, const NewSlot& slot);

// Waits for a slot's reader to end: a predecessor that was just killed holds it until the server notices. Throws
// SqlError (55006) when it is still there after some 15 s, Interrupted once `interrupted`. A slot that does not exist
// is free.
void await_free_slot(Connection& connection, const std::string& slot, const std::atomic<bool>& interrupted);

// Where the server's log stands on disk: everything committed durably before this call lies before it. What is
// written but not flushed is never sent, however long one waits. Works on standbys.
Lsn current_lsn(Connection& connection);

}  // namespace pintail::postgres
