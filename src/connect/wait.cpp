// The waiting that Connect's asynchronous commands need: everything here goes by Client alone.
#include <fmt/format.h>

#include <thread>

#include "connect/client.hpp"
#include "core/error.hpp"

namespace pintail::connect {
namespace {

using Clock = std::chrono::steady_clock;

std::string first_trace(const ConnectorStatus& status) {
    if (!status.trace.empty()) return status.trace;
    for (const auto& task : status.tasks)
        if (!task.trace.empty()) return task.trace;
    return {};
}

std::string in_words(const std::optional<ConnectorStatus>& status) {
    if (!status) return "Connect does not list it yet";
    std::string words = fmt::format("the connector is {}", status->state);
    for (const auto& task : status->tasks) words += fmt::format(", task {} is {}", task.id, task.state);
    return status->tasks.empty() ? words + ", without a task" : words;
}

[[noreturn]] void failed(const std::string& name, const ConnectorStatus& status) {
    std::string text = fmt::format("connector {} failed:", name);
    for (const auto& diagnosis : diagnose_failures(status)) text += "\n" + to_string(diagnosis);
    throw Error(ErrorKind::source, text);
}

// A stopped connector has no task left: only then may its offsets go.
void wait_until_stopped(Client& client, const std::string& name, const Patience& patience) {
    const auto deadline = Clock::now() + patience.timeout;
    for (;;) {
        const auto status = client.status(name);
        if (!status || (status->state == "STOPPED" && status->tasks.empty())) return;
        if (Clock::now() >= deadline)
            throw Error(
                ErrorKind::source,
                fmt::format("connector {} does not stop: {}; see the Connect worker's log", name, in_words(status)),
                true);
        std::this_thread::sleep_for(patience.pause);
    }
}

}  // namespace

void wait_until_running(Client& client, const std::string& name, const Patience& patience,
                        const std::string& stale_trace) {
    const auto begin = Clock::now();
    // Connect takes up a restart within a second or two; a failure that is the same after that is a new one.
    const auto stale_until = begin + (stale_trace.empty() ? std::chrono::milliseconds(0) : 4 * patience.settle);
    auto running_since = begin;
    bool was_running = false;
    for (;;) {
        const auto status = client.status(name);
        const auto now = Clock::now();
        if (status && status->failed() && (now >= stale_until || first_trace(*status) != stale_trace))
            failed(name, *status);
        const bool running = status && status->running();
        if (running && !was_running) running_since = now;
        if (running && was_running && now - running_since >= patience.settle) return;
        was_running = running;
        if (now - begin >= patience.timeout)
            throw Error(ErrorKind::source,
                        fmt::format("connector {} is not running after {} s: {}; see the Connect worker's log", name,
                                    patience.timeout.count() / 1000, in_words(status)),
                        true);
        std::this_thread::sleep_for(patience.pause);
    }
}

std::string remove_with_offsets(Client& client, const std::string& name, const Patience& patience,
                                const std::function<void()>& once_stopped) {
    std::string left;
    const bool stopped = client.stop(name);
    if (stopped) wait_until_stopped(client, name, patience);
    else left = "this Connect cannot stop connectors (before 3.5)";
    if (stopped && !client.delete_offsets(name)) left = "this Connect cannot delete offsets (before 3.6)";
    if (stopped) once_stopped();
    client.remove(name);
    if (!stopped) once_stopped();
    if (left.empty()) return {};
    return left + ": it remembers the old position, so register the connector under another name or topic prefix";
}

}  // namespace pintail::connect
