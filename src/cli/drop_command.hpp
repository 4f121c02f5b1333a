// `pintail drop`: takes pintail's slot and publications away from the source. The target stays.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

CLI::App* add_drop_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
