// All subcommands of pintail.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

// Adds them to `app` and sets up logging. After parsing, `chosen` is what the typed one does.
void add_commands(CLI::App& app, std::function<void()>& chosen);

}  // namespace pintail::cli
