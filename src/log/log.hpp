// The log: what pintail says of itself while it works. Any thread; no errors.
//
// One door to spdlog for all modules: what a file that writes a line has to compile of it took three seconds.
// Where lines go, and from which level on, `cli` decides.
#pragma once

#include <fmt/core.h>

namespace pintail::log {

enum class Level { debug, info, warn, error };

// Nothing is formatted below the level that is shown.
void write(Level level, fmt::string_view text, fmt::format_args values);

template <typename... Values>
void debug(fmt::format_string<Values...> text, Values&&... values) {
    write(Level::debug, text, fmt::make_format_args(values...));
}

template <typename... Values>
void info(fmt::format_string<Values...> text, Values&&... values) {
    write(Level::info, text, fmt::make_format_args(values...));
}

template <typename... Values>
void warn(fmt::format_string<Values...> text, Values&&... values) {
    write(Level::warn, text, fmt::make_format_args(values...));
}

template <typename... Values>
void error(fmt::format_string<Values...> text, Values&&... values) {
    write(Level::error, text, fmt::make_format_args(values...));
}

}  // namespace pintail::log
