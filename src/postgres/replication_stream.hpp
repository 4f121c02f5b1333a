// START_REPLICATION: the messages of pgoutput over one COPY BOTH connection, with keepalives and standby status.
// https://www.postgresql.org/docs/current/protocol-replication.html
//
// One thread. The walsender sends every row by itself, so that a reader over TCP is woken for each: while the stream is
// busy the socket wakes it for 256 KiB or every 2 ms only (SO_RCVLOWAT); when it falls silent, for every byte.
// Failures: SqlError; a lost connection is transient.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"
#include "postgres/connection.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::postgres {

struct StreamOptions {
    std::string url;
    std::string slot;
    std::vector<std::string> publications;
    Lsn start;       // nothing that was committed before this is sent
    Lsn confirmed;   // what the target holds: `start` may lie beyond it
    int wakes = -1;  // a descriptor that ends receive()'s waiting when it is readable (WakeUp); -1: none
};

// The stream has come to where a publication was dropped, made or had another name: until PostgreSQL 17 it never gets
// beyond.
class PublicationMissing : public SqlError {
public:
    explicit PublicationMissing(const std::string& what)
        : SqlError(what, std::string(sqlstate::kUndefinedObject), true) {}
};

class ReplicationStream {
public:
    explicit ReplicationStream(const StreamOptions& options);
    ~ReplicationStream();
    ReplicationStream(const ReplicationStream&) = delete;
    ReplicationStream& operator=(const ReplicationStream&) = delete;

    // The next message of pgoutput; empty: none before the deadline, or woken. Valid until the next call. Keepalives
    // are answered here. deadline(): a Clock::time_point, asked only when nothing is buffered.
    template <typename Deadline>
    std::string_view receive(const Deadline& deadline) {
        return take_buffered() ? payload_ : receive_until(deadline());
    }

    // Everything before this has been sent, as far as the server has said it with its last keepalive.
    Lsn server_end() const { return server_end_; }

    // The walsender's.
    int server_pid() const { return connection_->server_pid(); }

    // The server has asked how far we are, and all that it had sent by then is not confirmed yet: a server that stops
    // waits for that.
    bool position_wanted() const { return wanted_ > confirmed_; }

    // Everything before `lsn` is safe in the target: told to the server at most every 100 ms, and by keep_alive().
    void confirm(Lsn lsn);

    // Tells the server that we are there, when it is time to. To be called at least every few seconds.
    void keep_alive();

private:
    using Clock = std::chrono::steady_clock;

    std::string_view receive_until(Clock::time_point deadline);
    void start(const StreamOptions& options);
    bool take_buffered();
    void read();
    enum class Waited { arrived, in_vain, woken };
    Waited wait(std::chrono::milliseconds patience);
    void adapt(Clock::time_point now, bool timed_out);
    void wake_for(int bytes);
    void send_status();
    [[noreturn]] void ended();

    std::unique_ptr<Connection> connection_;
    int wakes_;
    bool over_tcp_ = false;
    bool busy_ = false;
    size_t received_bytes_ = 0;  // in this window
    Clock::time_point window_start_;
    char* message_ = nullptr;
    std::string_view payload_;
    Lsn received_;
    Lsn server_end_;
    Lsn wanted_;
    Lsn confirmed_;
    Lsn told_;
    Clock::time_point next_status_;
    Clock::time_point last_status_;
};

}  // namespace pintail::postgres
