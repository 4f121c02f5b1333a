// Commits that have been sent and that the server does not show yet.
//
// A commit is sent as soon as its record is written, and shown later: where a synchronous standby has to confirm it,
// later by that much. A catalog that is asked meanwhile answers as of before. Any thread, with a connection of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "postgres/connection.hpp"
#include "source/server_snapshot.hpp"

namespace pintail::source {

// The server's snapshot of now. Error (source) for a lost connection.
ServerSnapshot snapshot_of(postgres::Connection& connection);

// A snapshot that sees the transaction (`xid` as the stream has it; 0: any snapshot does), once there is one. nullopt:
// it has taken too long (five seconds), or `goes_on`, asked every few milliseconds, said no. What the connection is
// asked afterwards is answered as of then or later. Error (source) for a lost connection.
std::optional<ServerSnapshot> snapshot_behind(postgres::Connection& connection, uint32_t xid,
                                              const std::function<bool()>& goes_on = {});

}  // namespace pintail::source
