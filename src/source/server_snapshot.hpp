// Which transactions a snapshot of a Postgres server sees, and where its stream of commits has to be cut to see the
// same ones.
//
// A snapshot and the log do not agree on their own: a transaction becomes visible some time after its commit record was
// written, and two may do so in the other order. Pure, one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/lsn.hpp"

namespace pintail::source {

struct ServerSnapshot {
    uint64_t next = 0;              // transactions from here on had not ended
    std::vector<uint64_t> running;  // nor had these
    Lsn log_end;  // where the log stood afterwards: the commit records of all that it sees begin before

    // `xid` as the stream has it, without its epoch.
    bool sees(uint32_t xid) const;
    bool names(uint32_t xid) const;  // as running
};

// "10:20:10,14" of pg_current_snapshot(). Error(internal) for what is none.
ServerSnapshot parse_snapshot(std::string_view text, Lsn log_end);

// Follows the stream's transactions in the order of their commits.
class SnapshotCut {
public:
    using Clock = std::chrono::steady_clock;

    // A transaction of the stream begins.
    void note(uint32_t xid, Clock::time_point now = Clock::now());

    // All that was noted is seen by the snapshot: it becomes the one to cut at. false: it is not, so another is needed.
    bool begin(ServerSnapshot snapshot, Clock::time_point now = Clock::now());
    void forget() { active_ = beyond_ = false; }

    // So many are noted that it is time to ask the server which of them it shows by now.
    bool is_crowded() const { return recent_.size() >= crowd_; }
    // What one snapshot sees, every later one does.
    void forget_seen(const ServerSnapshot& snapshot);

    bool active() const { return active_; }
    // What was noted last is not part of the snapshot: the cut lies before it, or before an earlier one.
    bool beyond() const { return beyond_; }
    // The next transaction is the first that the snapshot does not see.
    bool is_here(uint32_t xid) const { return active_ && !beyond_ && !snapshot_.sees(xid); }
    // All that the snapshot sees had been noted when the stream had reached this.
    bool is_sure(Lsn reached) const { return active_ && reached >= snapshot_.log_end; }

private:
    struct Noted {
        uint32_t xid;
        Clock::time_point at;
    };
    static constexpr size_t kCrowd = 65'536;

    std::vector<Noted> recent_;  // to find those which no snapshot sees yet
    size_t crowd_ = kCrowd;
    ServerSnapshot snapshot_;
    bool active_ = false;
    bool beyond_ = false;
};

}  // namespace pintail::source
