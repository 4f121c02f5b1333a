// `pintail quarantine`: what could not become rows: see it, try it again, give it up.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

// Adds the subcommand to `parent`; when it is the one that was typed, `chosen` becomes the action to run.
CLI::App* add_quarantine_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
