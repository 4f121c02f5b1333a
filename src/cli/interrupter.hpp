// Stops what runs in a database once somebody wants it to stop.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace pintail::cli {

// Calls `interrupt` from a thread of its own once `stop` is requested, and again until destroyed: an interrupt that
// arrives between two statements is forgotten by the database.
class Interrupter {
public:
    Interrupter(std::function<void()> interrupt, std::stop_token stop);

private:
    void watch(const std::function<void()>& interrupt, const std::stop_token& stop, const std::stop_token& done);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::jthread thread_;  // last: it uses both
};

}  // namespace pintail::cli
