// How fast a pipeline goes, over the last seconds instead of since its start. Not thread-safe.
#pragma once

#include <chrono>
#include <deque>

#include "pipeline/progress.hpp"

namespace pintail::cli {

class Pace {
public:
    using Time = std::chrono::steady_clock::time_point;

    // Once a second or so, with ascending times.
    void sample(Time now, const pipeline::ProgressReport& report);

    // Over the samples of the last kWindow; 0 before the second one.
    double changes_per_second() const;
    double bytes_per_second() const;

    // Long enough to smooth batches of one second, short enough to show that a stream has stopped.
    static constexpr std::chrono::seconds kWindow{10};

private:
    struct Sample {
        Time at;
        uint64_t rows = 0;
        uint64_t bytes = 0;
    };
    double per_second(uint64_t Sample::*counter) const;

    std::deque<Sample> samples_;
};

}  // namespace pintail::cli
