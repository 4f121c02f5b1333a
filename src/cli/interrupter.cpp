#include "cli/interrupter.hpp"

#include <chrono>

namespace pintail::cli {

Interrupter::Interrupter(std::function<void()> interrupt, std::stop_token stop)
    : thread_([this, interrupt = std::move(interrupt), stop = std::move(stop)](std::stop_token done) {
          watch(interrupt, stop, done);
      }) {}

void Interrupter::watch(const std::function<void()>& interrupt, const std::stop_token& stop,
                        const std::stop_token& done) {
    constexpr std::chrono::milliseconds kAgain{50};
    const std::stop_callback wake(stop, [this] {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, done, [&] { return stop.stop_requested(); });
    while (!done.stop_requested()) {
        interrupt();
        changed_.wait_for(lock, done, kAgain, [] { return false; });
    }
}

}  // namespace pintail::cli
