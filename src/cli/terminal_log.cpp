#include "cli/terminal_log.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

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

}  // namespace

bool TerminalLog::on_terminal() {
    return isatty(STDERR_FILENO) == 1;
}

void TerminalLog::show(const std::string& line) {
    const std::lock_guard lock(mutex_of_line_);
    // A full last column would wrap.
    line_ = line.substr(0, terminal_width() - 1);
    put(kEraseLine, line_);
}

void TerminalLog::log(const spdlog::details::log_msg& message) {
    const std::lock_guard lock(mutex_of_line_);
    if (!line_.empty()) put(kEraseLine);
    spdlog::sinks::stderr_color_sink_mt::log(message);
    if (!line_.empty()) put(line_.c_str());
}

const std::shared_ptr<TerminalLog>& terminal_log() {
    static const auto log = std::make_shared<TerminalLog>();
    return log;
}

}  // namespace pintail::cli
