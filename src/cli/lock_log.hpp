// Says in the log and in the status whom a run waits for at its server. One thread.
#pragma once

#include <set>
#include <string>

#include "pipeline/progress.hpp"

namespace pintail::cli {

class LockLog {
public:
    explicit LockLog(pipeline::Progress& progress) : progress_(progress) {}

    // What is waited for now; what is new and what is over goes into the log.
    void note(const std::set<std::string>& waits);

private:
    pipeline::Progress& progress_;
    std::set<std::string> said_;
};

}  // namespace pintail::cli
