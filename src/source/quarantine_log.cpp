#include "source/quarantine_log.hpp"

#include "log/log.hpp"

namespace pintail::source {
namespace {

void summarize(const std::pair<std::string, std::string>& what, uint64_t more, uint64_t total) {
    if (more > 0) log::warn("{}: {} more to pintail.quarantine, {} by now: {}", what.first, more, total, what.second);
}

}  // namespace

QuarantineLog::~QuarantineLog() {
    for (auto& [what, times] : seen_) summarize(what, times.rest(), times.total());
}

void QuarantineLog::note(const wire::Message& message, const std::string& reason, Recurrence::Time now) {
    auto key = std::pair(std::string(message.topic), reason);
    if (seen_.size() >= kMostReasons && !seen_.contains(key)) key.second = "for other reasons";
    Recurrence& times = seen_[key];
    const bool first = !times.told();
    const uint64_t due = times.note(now);
    if (first)
        log::warn("{} [{}] offset {} goes to pintail.quarantine: {}", message.topic, message.partition, message.offset,
                  reason);
    else summarize(key, due, times.total());
}

void QuarantineLog::tell(Recurrence::Time now) {
    for (auto& [what, times] : seen_) summarize(what, times.due(now), times.total());
}

}  // namespace pintail::source
