// Whether Kafka's brokers answer. librdkafka reports a lost connection over and over: it is said once, and once more
// when they answer again.
//
// One per Consumer, used by its thread alone: librdkafka calls back from within poll(). No errors.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace pintail::kafka {

class BrokerState {
public:
    // One of them; librdkafka says when it was the last.
    void lost_one(const char* reason);
    // `names`: as configured. Before the first answer nothing is waited for: whoever asks is told so.
    void lost_all(const std::string& names);
    // A question found no answer in time.
    void silent(const std::string& names, const char* reason);
    void answered();

    // The client has looked for one for so long that a new one may find it sooner.
    bool client_is_stuck() const;
    void has_new_client() { client_since_ = Clock::now(); }

    // Why none can be reached; nullopt: one answers, or none has ever been asked.
    const std::optional<std::string>& away() const { return away_; }
    bool known() const { return known_; }                  // one has answered once
    const std::string& reason() const { return reason_; }  // of the last lost connection since the last answer

private:
    using Clock = std::chrono::steady_clock;

    bool known_ = false;
    std::optional<std::string> away_;
    Clock::time_point client_since_;  // while away: since then the client looks for one
    std::string reason_;
    std::optional<Clock::time_point> silent_since_;
};

}  // namespace pintail::kafka
