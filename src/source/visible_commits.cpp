#include "source/visible_commits.hpp"

#include <chrono>
#include <thread>

namespace pintail::source {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{5};
constexpr std::chrono::milliseconds kAgain{5};

}  // namespace

ServerSnapshot snapshot_of(postgres::Connection& connection) {
    return parse_snapshot(connection.exec("SELECT pg_current_snapshot()::text").text(0, 0), {});
}

std::optional<ServerSnapshot> snapshot_behind(postgres::Connection& connection, uint32_t xid,
                                              const std::function<bool()>& goes_on) {
    const auto until = Clock::now() + kPatience;
    while (true) {
        ServerSnapshot snapshot = snapshot_of(connection);
        if (xid == 0 || snapshot.sees(xid)) return snapshot;
        if (Clock::now() >= until || (goes_on && !goes_on())) return std::nullopt;
        std::this_thread::sleep_for(kAgain);
    }
}

}  // namespace pintail::source
