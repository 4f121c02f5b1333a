#include "source/server_snapshot.hpp"

#include <algorithm>
#include <charconv>

#include "core/error.hpp"

namespace pintail::source {
namespace {

// Numbers come round again after two thousand million: an old one counts where the server names it as running, since
// its commit may wait for a synchronous standby that long.
constexpr std::chrono::hours kRecentTime{1};

uint64_t take_number(std::string_view& text) {
    uint64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc()) throw Error(ErrorKind::internal, "the server's snapshot could not be read");
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return number;
}

void skip(std::string_view& text, char separator) {
    if (text.empty() || text.front() != separator)
        throw Error(ErrorKind::internal, "the server's snapshot could not be read");
    text.remove_prefix(1);
}

}  // namespace

bool ServerSnapshot::sees(uint32_t xid) const {
    // Never further than half of the circle from `next`: the server sees to that.
    const auto distance = static_cast<int32_t>(xid - static_cast<uint32_t>(next));
    if (distance >= 0) return false;
    const uint64_t whole = next + static_cast<uint64_t>(static_cast<int64_t>(distance));
    return std::find(running.begin(), running.end(), whole) == running.end();
}

bool ServerSnapshot::names(uint32_t xid) const {
    return std::any_of(running.begin(), running.end(),
                       [&](uint64_t whole) { return static_cast<uint32_t>(whole) == xid; });
}

ServerSnapshot parse_snapshot(std::string_view text, Lsn log_end) {
    ServerSnapshot snapshot;
    snapshot.log_end = log_end;
    take_number(text);  // the oldest of the running ones
    skip(text, ':');
    snapshot.next = take_number(text);
    skip(text, ':');
    while (!text.empty()) {
        snapshot.running.push_back(take_number(text));
        if (!text.empty()) skip(text, ',');
    }
    return snapshot;
}

void SnapshotCut::note(uint32_t xid, Clock::time_point now) {
    recent_.push_back({xid, now});
    if (!active_) return;
    const bool seen = snapshot_.sees(xid);
    if (seen && beyond_)
        return forget();  // they became visible in another order: this snapshot is no place in the stream
    beyond_ = beyond_ || !seen;
}

void SnapshotCut::forget_seen(const ServerSnapshot& snapshot) {
    std::erase_if(recent_, [&](const Noted& noted) { return snapshot.sees(noted.xid); });
    crowd_ = recent_.size() + kCrowd;
}

bool SnapshotCut::begin(ServerSnapshot snapshot, Clock::time_point now) {
    std::erase_if(recent_,
                  [&](const Noted& noted) { return now - noted.at > kRecentTime && !snapshot.names(noted.xid); });
    const bool whole =
        std::all_of(recent_.begin(), recent_.end(), [&](const Noted& noted) { return snapshot.sees(noted.xid); });
    snapshot_ = std::move(snapshot);
    active_ = whole;
    beyond_ = false;
    if (whole) forget_seen(snapshot_);
    return whole;
}

}  // namespace pintail::source
