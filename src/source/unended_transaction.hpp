// A partition that is read up to a transaction which does not end. Whoever reads committed records only, as the sink
// does, stands before it and hears nothing.
//
// Kept per partition by the thread that reads it. No errors.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace pintail::source {

class UnendedTransaction {
public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::chrono::seconds kLong{30};  // Connect ends one with each poll

    // All committed records before `offset` are read; there was no further one.
    void saw_end(int64_t offset) { end_of_committed_ = offset; }

    // To be asked every few seconds. `next`: the offset to be read; `end`: behind the partition's last record. Since
    // when the same transaction has been in the way, once that is long.
    std::optional<Clock::time_point> in_the_way(int64_t next, int64_t end, Clock::time_point now);

private:
    std::optional<int64_t> end_of_committed_;
    int64_t stands_at_ = 0;
    std::optional<Clock::time_point> since_;
};

}  // namespace pintail::source
