// pintail config show | keys
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

// `chosen` is set, when the command line asks for one of these, to what it does; it outlives this call.
CLI::App* add_config_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
