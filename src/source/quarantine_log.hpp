// What the log says of messages that go to quarantine: a line for the first one of a topic and reason, then one per
// interval with how many have followed, so that a flood of them does not become a flood of lines.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "core/recurrence.hpp"
#include "wire/message.hpp"

namespace pintail::source {

class QuarantineLog {
public:
    QuarantineLog() = default;
    // Tells the rest.
    ~QuarantineLog();
    QuarantineLog(const QuarantineLog&) = delete;
    QuarantineLog& operator=(const QuarantineLog&) = delete;

    void note(const wire::Message& message, const std::string& reason, Recurrence::Time now);
    // Tells what has become due; to be called now and then, since a flood may end.
    void tell(Recurrence::Time now);

private:
    // More reasons than people read, in case one differs from message to message.
    static constexpr size_t kMostReasons = 200;

    std::map<std::pair<std::string, std::string>, Recurrence> seen_;  // topic, reason
};

}  // namespace pintail::source
