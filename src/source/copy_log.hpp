// Says how far a copy of tables is: now and then in the log, or, where there is a terminal, in its last line all the
// time.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "source/table_sync.hpp"

namespace pintail::source {

// Shows a text (ASCII) in place of its predecessor; an empty one takes it away.
using StatusLine = std::function<void(const std::string&)>;

// "2 of 4 tables, 12345 rows, 4115 rows/s, 50 %, about 3 s left". What is not known yet is left out.
std::string copy_progress_text(const SyncProgress& now, double seconds);

// "[##########----------]": the share of the tables' pages that has been read.
std::string copy_progress_bar(const SyncProgress& now);

// One thread.
class CopyLog {
public:
    // Without a status line there are lines in the log, at most every two seconds.
    explicit CopyLog(StatusLine status_line) : status_line_(std::move(status_line)) {}

    void begin();
    void at(const SyncProgress& now);
    void end(const SyncProgress& now);

private:
    using Clock = std::chrono::steady_clock;
    double seconds() const;

    StatusLine status_line_;
    Clock::time_point began_;
    Clock::time_point next_;
};

}  // namespace pintail::source
