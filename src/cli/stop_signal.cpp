#include "cli/stop_signal.hpp"

#include <csignal>

namespace pintail::cli {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "the handler may only touch lock-free memory");

void on_signal(int number) {
    stop_requested = true;
    std::signal(number, SIG_DFL);  // whoever asks twice does not want to wait
}

}  // namespace

const std::atomic<bool>& stop_on_signal() {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    std::signal(SIGPIPE, SIG_IGN);  // a reader of the control socket may go away at any time
    return stop_requested;
}

void request_stop() {
    stop_requested = true;
}

bool is_stop_requested() {
    return stop_requested;
}

}  // namespace pintail::cli
