// Why a connection to Postgres could not be made, in words that say what to do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "postgres/connection.hpp"

namespace pintail::postgres {

// A connection that could not be made.
class ConnectError : public SqlError {
public:
    ConnectError(const std::string& what, std::string sqlstate, bool transient, bool access)
        : SqlError(what, std::move(sqlstate), transient), access_(access) {}

    // The server is there and does not let us in (password, LOGIN, CONNECT, pg_hba.conf, TLS): who looks after it may.
    bool access() const { return access_; }

private:
    bool access_;
};

// `message` is libpq's own text at verbosity VERBOSE (it carries the SQLSTATE), `address` where we tried to go.
ConnectError connect_failure(const std::string& message, const std::string& address);

// What to say while a run that was let in before waits to be let in again; nullopt: it is no such error.
std::optional<std::string> shut_out(const Error& problem);

// Errors that go away by themselves: server starting or stopping, too many clients, lost connections, an object
// (a replication slot) still held by a session that is about to end.
bool is_transient(std::string_view sqlstate);

}  // namespace pintail::postgres
