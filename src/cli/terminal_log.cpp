#include "cli/terminal_log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>

namespace pintail::cli {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";

size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void put(const char* text, const std::string& more = {}) {
    std::fputs(text, stderr);
    std::fputs(more.c_str(), stderr);
    std::fflush(stderr);
}

class TerminalLog : public spdlog::sinks::stderr_color_sink_mt {
public:
    void show(const std::string& line) {
        const std::lock_guard lock(mutex_of_line_);
        // A full last column would wrap.
        line_ = line.substr(0, terminal_width() - 1);
        put(kEraseLine, line_);
    }

    void log(const spdlog::details::log_msg& message) override {
        const std::lock_guard lock(mutex_of_line_);
        if (!line_.empty()) put(kEraseLine);
        spdlog::sinks::stderr_color_sink_mt::log(message);
        if (!line_.empty()) put(line_.c_str());
    }

private:
    std::mutex mutex_of_line_;
    std::string line_;
};

// The one that all loggers of this process write to.
const std::shared_ptr<TerminalLog>& terminal_log() {
    static const auto log = std::make_shared<TerminalLog>();
    return log;
}

}  // namespace

void start_terminal_log() {
    auto logger = std::make_shared<spdlog::logger>("pintail", terminal_log());
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%l%$ %v");
    spdlog::set_default_logger(logger);
}

void set_log_level(config::LogLevel least) {
    spdlog::set_level(spdlog::level::level_enum(least));
}

bool on_terminal() {
    return isatty(STDERR_FILENO) == 1;
}

void show_below_log(const std::string& line) {
    terminal_log()->show(line);
}

}  // namespace pintail::cli
