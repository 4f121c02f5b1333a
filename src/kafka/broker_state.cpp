#include "kafka/broker_state.hpp"

#include <fmt/format.h>

#include <utility>

#include "log/log.hpp"

namespace pintail::kafka {
namespace {

// So long a broker may be busy before anybody is told, and a client looks for one that is away.
constexpr std::chrono::seconds kUnreachable{10};

}  // namespace

void BrokerState::lost_one(const char* reason) {
    reason_ = reason;
    log::debug("Kafka: {}", reason);
}

void BrokerState::lost_all(const std::string& names) {
    if (away_ || !known_) return;
    away_ = fmt::format("no Kafka broker answers at {}{}", names, reason_.empty() ? "" : " (" + reason_ + ")");
    client_since_ = Clock::now();
    log::warn("{}; waiting for one to come back", *away_);
}

void BrokerState::silent(const std::string& names, const char* reason) {
    if (!silent_since_) silent_since_ = Clock::now();
    if (Clock::now() - *silent_since_ < kUnreachable) return;
    reason_ = reason;
    lost_all(names);
}

void BrokerState::answered() {
    known_ = true;
    silent_since_.reset();
    reason_.clear();
    if (std::exchange(away_, std::nullopt)) log::info("Kafka: a broker answers again");
}

bool BrokerState::client_is_stuck() const {
    return away_ && Clock::now() - client_since_ >= kUnreachable;
}

}  // namespace pintail::kafka
