// One session with a Postgres server: connect, run statements, read text results.
//
// Owns libpq's PGconn. One thread at a time. Every session has the settings pinned that decide how values are written
// (kPinnedSettings), so that text means the same on every server, and jit is off. Failures are thrown as SqlError: what
// failed, the server's own words, and the way out; never the password. Pages:
// https://www.postgresql.org/docs/current/libpq-connect.html, …/errcodes-appendix.html
#pragma once

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "postgres/result.hpp"

struct pg_conn;
struct pg_cancel;

namespace pintail::postgres {

class SqlError : public Error {
public:
    SqlError(const std::string& what, std::string sqlstate, bool transient)
        : Error(ErrorKind::source, what, transient), sqlstate_(std::move(sqlstate)) {}

    // Five characters as the server gave them; empty where it did not speak (server away, TLS, broken socket).
    const std::string& sqlstate() const { return sqlstate_; }
    bool is_any_of(std::initializer_list<std::string_view> states) const {
        return std::find(states.begin(), states.end(), sqlstate_) != states.end();
    }

private:
    std::string sqlstate_;
};

class Sessions;

struct ConnectOptions {
    bool replication = false;  // a walsender for the URL's database: replication commands and simple SQL
    // Bounds the whole attempt, all hosts and addresses of the URL together; a connect_timeout in the URL wins.
    std::chrono::seconds timeout{10};
    std::shared_ptr<Sessions> sessions;  // that this one is to be of; may be empty
};

using Parameters = std::vector<std::optional<std::string>>;  // nullopt: SQL NULL

class Connection {
public:
    // `url` is whatever libpq takes: postgres://… or "host=… dbname=…". Throws Error (config) for a malformed one.
    explicit Connection(const std::string& url, const ConnectOptions& options = {});

    // Runs one statement, or several separated by ";" (the last one's rows come back).
    Result exec(const std::string& sql);
    // Runs one statement with $1, $2 … bound as text; not on a replication connection.
    Result exec(const std::string& sql, const Parameters& parameters);

    int server_version() const;   // 150004 for 15.4
    int server_pid() const;       // of the session's process there
    std::string address() const;  // "127.0.0.1:5432/shop", for messages: no user, no password

    // In a database of encoding SQL_ASCII texts are any bytes, and the server refuses to send as UTF-8 what is none,
    // which would end a copy or the stream for good: raw texts come as they are. Everywhere else nothing changes.
    void ask_for_raw_texts(bool raw);

    // libpq's handle, for the other classes of this folder (COPY, streaming replication). Stays owned here.
    pg_conn* native() const { return connection_.get(); }

private:
    struct Finish {
        void operator()(pg_conn* connection) const;
    };
    std::unique_ptr<pg_conn, Finish> connection_;
    std::shared_ptr<void> entered_;  // into the options' sessions
};

// Asks the server to stop what a connection runs, from any thread; the statement then fails. Made on the connection's
// own thread, may outlive it.
class Interrupter {
public:
    explicit Interrupter(const Connection& connection);
    void interrupt() const noexcept;

private:
    struct Free {
        void operator()(pg_cancel* cancel) const;
    };
    std::unique_ptr<pg_cancel, Free> cancel_;
};

// For SQL text: "Na""me" and 'it''s' (standard_conforming_strings is pinned on).
std::string quote_identifier(std::string_view name);
std::string quote_literal(std::string_view text);

// Turns a finished PGresult into a Result; throws SqlError for an error status. Takes ownership.
Result checked(pg_conn* connection, pg_result* result);

}  // namespace pintail::postgres
