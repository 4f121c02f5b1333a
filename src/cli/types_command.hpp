// `pintail types`: how each type of Postgres is kept, as the table of docs/types.md.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

CLI::App* add_types_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
