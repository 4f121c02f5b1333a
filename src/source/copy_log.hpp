// Says now and then how far a copy of tables is.
#pragma once

#include <chrono>

#include "source/table_sync.hpp"

namespace pintail::source {

class CopyLog {
public:
    void begin();
    void at(const SyncProgress& now);  // at most every two seconds
    void end(const SyncProgress& now);

private:
    using Clock = std::chrono::steady_clock;
    double seconds() const;

    Clock::time_point began_;
    Clock::time_point next_;
};

}  // namespace pintail::source
