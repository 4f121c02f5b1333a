// Ctrl-C and SIGTERM ask a running command to stop cleanly; a second one ends the process at once.
#pragma once

#include <atomic>

namespace pintail::cli {

// Installs the handlers; the flag turns true with the first signal. Call once, from the main thread.
const std::atomic<bool>& stop_on_signal();

// What a signal does, from any thread.
void request_stop();

// Any thread.
bool is_stop_requested();

}  // namespace pintail::cli
