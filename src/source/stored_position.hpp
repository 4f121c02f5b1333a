// Whether a server can be followed on from where a target stands, and the way out where it cannot.
#pragma once

#include <optional>
#include <string>

#include "core/position.hpp"
#include "postgres/connection.hpp"
#include "postgres/replication_slot.hpp"

namespace pintail::source {

// What a target is loaded through.
struct ReplicationNames {
    std::string slot;
    std::string publication;
};

// Throws Error(source): the slot was given up, is missing or has moved on, or it is another server, database or
// history.
void check_position(const ReplicationNames& names, const PostgresPosition& stored,
                    const std::optional<postgres::SlotState>& slot, const postgres::ServerIdentity& server,
                    postgres::Connection& replication);

// Throws Error(source) where there is none: what was changed without it is nowhere.
void check_publication(const ReplicationNames& names, postgres::Connection& catalog);

// Both, as the start of a run does. Changes nothing.
void check_start(const std::string& url, const ReplicationNames& names, const PostgresPosition& stored);

}  // namespace pintail::source
