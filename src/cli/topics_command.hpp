// `pintail topics`: what the brokers hold, and how far the target has come in it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

// Adds the subcommand to `parent`; when it is the one that was typed, `chosen` becomes the action to run.
CLI::App* add_topics_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
