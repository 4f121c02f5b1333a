// Why a connection to Postgres could not be made, in words that say what to do.
#pragma once

#include <string>
#include <string_view>

#include "postgres/connection.hpp"

namespace pintail::postgres {

// `message` is libpq's own text at verbosity VERBOSE (it carries the SQLSTATE), `address` where we tried to go.
SqlError connect_failure(const std::string& message, const std::string& address);

// Errors that go away by themselves: server starting or stopping, too many clients, lost connections, an object
// (a replication slot) still held by a session that is about to end.
bool is_transient(std::string_view sqlstate);

}  // namespace pintail::postgres
