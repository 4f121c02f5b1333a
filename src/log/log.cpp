#include "log/log.hpp"

#include <spdlog/spdlog.h>

namespace pintail::log {
namespace {

spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::debug: return spdlog::level::debug;
        case Level::info: return spdlog::level::info;
        case Level::warn: return spdlog::level::warn;
        case Level::error: break;
    }
    return spdlog::level::err;
}

}  // namespace

void write(Level level, fmt::string_view text, fmt::format_args values) {
    if (spdlog::should_log(level_of(level))) spdlog::log(level_of(level), fmt::vformat(text, values));
}

}  // namespace pintail::log
