// The log on standard error, and below it, on a terminal, one line that changes in place. Any thread.
#pragma once

#include <spdlog/sinks/stdout_color_sinks.h>

#include <memory>
#include <mutex>
#include <string>

namespace pintail::cli {

class TerminalLog : public spdlog::sinks::stderr_color_sink_mt {
public:
    static bool on_terminal();

    // ASCII; cut to the terminal's width. Empty: no line.
    void show(const std::string& line);
    void log(const spdlog::details::log_msg& message) override;

private:
    std::mutex mutex_of_line_;
    std::string line_;
};

// The one that all loggers of this process write to.
const std::shared_ptr<TerminalLog>& terminal_log();

}  // namespace pintail::cli
