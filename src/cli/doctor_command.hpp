// `pintail doctor`: is the source ready for `pintail run`? What is wrong, and the SQL or setting that mends it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace pintail::cli {

CLI::App* add_doctor_command(CLI::App& parent, std::function<void()>& chosen);

}  // namespace pintail::cli
