#include "postgres/replication_stream.hpp"

#include <endian.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>
#include <iterator>
#include <thread>
#include <utility>

#include "log/log.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::postgres {
namespace {

using std::chrono::milliseconds;

constexpr int kBusyWakeBytes = 256 << 10;        // 64 KiB gave two thirds of the rows per second, see docs/direct.md
constexpr int kReceiveBufferBytes = 4 << 20;     // must hold more than what we wait for
constexpr milliseconds kBusyPatience{2};         // the most that a row may wait while the stream is busy
constexpr milliseconds kWindow{5};               // over which the rate is judged
constexpr size_t kBusyBytes = 64 << 10;          // in one window: 13 MB/s
constexpr milliseconds kStatusInterval{10'000};  // the server gives up after wal_sender_timeout, 60 s by default
constexpr milliseconds kConfirmInterval{100};
constexpr std::chrono::seconds kSlotPatience{
    15};  // until a predecessor's walsender has noticed that its client is gone
constexpr milliseconds kSlotRetry{200};
constexpr int64_t kEpochMicros = int64_t{10957} * 86'400 * 1'000'000;  // 1970-01-01 to 2000-01-01

// https://www.postgresql.org/docs/current/protocol-logical-replication.html: 2 from 14 on, 3 from 15, 4 from 16.
int protocol_version(int server_version) {
    if (server_version >= 160000) return 4;
    return server_version >= 150000 ? 3 : 2;
}

std::string start_command(const StreamOptions& options, int server_version) {
    std::vector<std::string> names;
    for (const auto& name : options.publications) names.push_back(quote_identifier(name));
    return fmt::format(
        "START_REPLICATION SLOT {} LOGICAL {} (proto_version '{}', publication_names {}, streaming 'on')",
        quote_identifier(options.slot), to_string(options.start), protocol_version(server_version),
        quote_literal(fmt::format("{}", fmt::join(names, ","))));
}

uint64_t number_at(const char* bytes) {
    uint64_t value;
    std::memcpy(&value, bytes, sizeof(value));
    return be64toh(value);
}

void put_number(char* to, uint64_t value) {
    value = htobe64(value);
    std::memcpy(to, &value, sizeof(value));
}

bool is_tcp(int socket) {
    int domain = AF_UNIX;
    socklen_t size = sizeof(domain);
    getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size);
    return domain != AF_UNIX;
}

}  // namespace

ReplicationStream::ReplicationStream(const StreamOptions& options)
    : wakes_(options.wakes), confirmed_(options.confirmed) {
    const auto deadline = Clock::now() + kSlotPatience;
    bool said = false;
    for (;;) {
        try {
            start(options);
            return;
        } catch (const SqlError& problem) {
            if (problem.sqlstate() != sqlstate::kObjectInUse) throw;
            if (!std::exchange(said, true)) {
                log::warn("{}; waiting up to {} s for its reader to end", problem.what(), kSlotPatience.count());
            }
            if (Clock::now() >= deadline) {
                throw SqlError(
                    fmt::format(
                        "slot {} is in use by another reader ({}): stop it, or give this target a slot of its own "
                        "with --slot",
                        options.slot, problem.what()),
                    problem.sqlstate(), false);
            }
        }
        std::this_thread::sleep_for(kSlotRetry);
    }
}

ReplicationStream::~ReplicationStream() {
    if (connection_ && confirmed_ != told_) send_status();
    PQfreemem(message_);
}

void ReplicationStream::start(const StreamOptions& options) {
    connection_ = std::make_unique<Connection>(options.url, ConnectOptions{.replication = true});
    pg_conn* native = connection_->native();
    connection_->exec("SET lc_monetary = 'C'");  // money as text: what wire/ reads
    connection_->ask_for_raw_texts(true);
    over_tcp_ = is_tcp(PQsocket(native));
    if (over_tcp_)
        setsockopt(PQsocket(native), SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof(kReceiveBufferBytes));
    const auto command = start_command(options, connection_->server_version());
    checked(native, PQexec(native, command.c_str()));
    last_status_ = window_start_ = Clock::now();
    next_status_ = last_status_ + kStatusInterval;
}

// What has arrived is read to its end, 16 KiB at a time, before anything is waited for: a wake-up is dear.
std::string_view ReplicationStream::receive_until(Clock::time_point deadline) {
    for (Waited waited = Waited::arrived;;) {
        read();
        if (take_buffered()) return payload_;
        const auto now = Clock::now();
        if (over_tcp_) adapt(now, waited == Waited::in_vain);
        if (now >= next_status_) send_status();
        if (now >= deadline || waited == Waited::woken) return {};
        waited = wait(std::chrono::ceil<milliseconds>(deadline - now));
    }
}

void ReplicationStream::read() {
    if (!PQconsumeInput(connection_->native())) ended();
}

// true: payload_ is a message of pgoutput.
bool ReplicationStream::take_buffered() {
    for (;;) {
        PQfreemem(std::exchange(message_, nullptr));
        const int size = PQgetCopyData(connection_->native(), &message_, 1);
        if (size == 0) return false;
        if (size < 0) ended();
        received_bytes_ += static_cast<size_t>(size);
        if (message_[0] == 'w' && size >= 25) {  // start, end, clock: eight bytes each
            received_ = std::max(received_, Lsn{number_at(message_ + 1)});
            payload_ = {message_ + 25, static_cast<size_t>(size) - 25};
            return true;
        }
        if (message_[0] == 'k' && size >= 18) {
            server_end_ = std::max(server_end_, Lsn{number_at(message_ + 1)});
            received_ = std::max(received_, server_end_);
            if (message_[17] != 1) continue;
            wanted_ = server_end_;
            send_status();
        }
    }
}

ReplicationStream::Waited ReplicationStream::wait(milliseconds patience) {
    const milliseconds most = busy_ ? std::min(patience, kBusyPatience) : patience;
    pollfd ready[] = {{PQsocket(connection_->native()), POLLIN, 0}, {wakes_, POLLIN, 0}};
    if (poll(ready, std::size(ready), static_cast<int>(most.count())) <= 0) return Waited::in_vain;
    return ready[1].revents != 0 ? Waited::woken : Waited::arrived;
}

void ReplicationStream::adapt(Clock::time_point now, bool timed_out) {
    if (now - window_start_ < kWindow && !timed_out) return;
    const bool busy = received_bytes_ >= kBusyBytes;
    if (busy != busy_ && now - window_start_ >= kWindow) {
        busy_ = busy;
        wake_for(busy ? kBusyWakeBytes : 1);
    }
    if (now - window_start_ < kWindow) return;
    window_start_ = now;
    received_bytes_ = 0;
}

void ReplicationStream::wake_for(int bytes) {
    setsockopt(PQsocket(connection_->native()), SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

void ReplicationStream::confirm(Lsn lsn) {
    confirmed_ = std::max(confirmed_, lsn);
    if (confirmed_ != told_ && Clock::now() - last_status_ >= kConfirmInterval) send_status();
}

void ReplicationStream::keep_alive() {
    const auto now = Clock::now();
    if (now >= next_status_ || (confirmed_ != told_ && now - last_status_ >= kConfirmInterval)) send_status();
}

// Standby status update: written, flushed, applied, clock, "answer at once". A failure shows at the next receive().
void ReplicationStream::send_status() {
    char status[34] = {'r'};
    put_number(status + 1, std::max(received_, confirmed_).value);
    put_number(status + 9, confirmed_.value);
    put_number(status + 17, confirmed_.value);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    put_number(status + 25, static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count() -
                                                  kEpochMicros));
    PQputCopyData(connection_->native(), status, sizeof(status));
    PQflush(connection_->native());
    told_ = confirmed_;
    last_status_ = Clock::now();
    next_status_ = last_status_ + kStatusInterval;
}

// Without an error, and without a request of ours, the server ends it only when it shuts down.
void ReplicationStream::ended() {
    pg_conn* native = connection_->native();
    try {
        checked(native, PQgetResult(native));
    } catch (const SqlError& problem) {
        if (problem.sqlstate() != sqlstate::kUndefinedObject) throw;
        throw PublicationMissing(
            fmt::format("{}: what was changed while it was missing cannot be had any more", problem.what()));
    }
    std::string_view why = PQerrorMessage(native);
    while (why.ends_with('\n')) why.remove_suffix(1);
    throw SqlError(fmt::format("the replication stream from {} ended: {}", connection_->address(),
                               why.empty() ? "the server is shutting down" : why),
                   "", true);
}

}  // namespace pintail::postgres
