// `pintail resync`: copies tables again while all others go on.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

CLI::App* add_resync_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
