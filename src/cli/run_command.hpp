// `pintail run`: Postgres → a DuckDB file, in one process.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "cli/direct_options.hpp"
#include "cli/setting_flags.hpp"
#include "config/settings.hpp"

namespace pintail::cli {

// Adds the subcommand to `parent`; when it is the one that was typed, `chosen` becomes the action to run.
CLI::App* add_run_command(CLI::App& parent, std::function<void()>& chosen);

// What says from where and how a target is loaded. Cheap to copy; copies share what was parsed.
struct RunFlags {
    SettingFlags settings;
    std::shared_ptr<SourceObjects> objects = std::make_shared<SourceObjects>();
    std::shared_ptr<size_t> snapshot_jobs = std::make_shared<size_t>(2);
};
// `more`: settings of the command's own.
RunFlags bind_run_flags(CLI::App& command, const std::vector<std::string_view>& more = {});

// Loads the target until it is stopped. `beside` is called on a thread of its own once the target is open and its
// control socket answers; when it returns, the run stops, too, and what it throws is thrown here. Such a run says at
// once that the source is away instead of waiting for it, and leaves tables in quarantine that are.
void run(const config::Settings& settings, const RunFlags& flags, const std::function<void()>& beside = {});

}  // namespace pintail::cli
