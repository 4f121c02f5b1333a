// When something that happens over and over is worth a line in the log: the first time at once, and then once per
// interval with how often it has happened since. Not thread-safe; the caller brings the clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

namespace pintail {

class Recurrence {
public:
    using Time = std::chrono::steady_clock::time_point;

    explicit Recurrence(std::chrono::seconds interval = std::chrono::seconds(10)) : interval_(interval) {}

    // It happened `times` times. How many to tell of now; 0: none, it is too early.
    uint64_t note(Time now, uint64_t times = 1) {
        total_ += times;
        untold_ += times;
        return due(now);
    }

    // The same without a new time.
    uint64_t due(Time now) {
        if (untold_ == 0 || (told_ && now - last_ < interval_)) return 0;
        told_ = true;
        last_ = now;
        return rest();
    }

    // What has not been told yet, and never will be again.
    uint64_t rest() { return std::exchange(untold_, 0); }

    bool told() const { return told_; }
    uint64_t total() const { return total_; }

private:
    std::chrono::seconds interval_;
    bool told_ = false;
    Time last_{};  // when it was told last
    uint64_t total_ = 0;
    uint64_t untold_ = 0;
};

}  // namespace pintail
