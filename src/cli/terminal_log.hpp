// The log on standard error, since stdout belongs to what a command was asked for, and below it, on a terminal, one
// line that changes in place. Any thread.
#pragma once

#include <string>

#include "config/settings.hpp"

namespace pintail::cli {

// Once, before anything is logged.
void start_terminal_log();
// The least level that is shown.
void set_log_level(config::LogLevel least);

bool on_terminal();
// ASCII; cut to the terminal's width. Empty: no line.
void show_below_log(const std::string& line);

}  // namespace pintail::cli
