// `pintail verify`: source against target at one place of the stream, and --repair.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

CLI::App* add_verify_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
