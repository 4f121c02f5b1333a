// Settings as command-line flags, straight from the one table in config/setting_spec.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.hpp"

namespace pintail::cli {

// Bind to a subcommand once, load after parsing. Cheap to copy; copies share what was parsed.
class SettingFlags {
public:
    // Adds --config and one flag for each of `keys` ("batch.rows" → --batch-rows).
    SettingFlags(CLI::App& command, const std::vector<std::string_view>& keys);

    // Files of the working folder, environment and the parsed flags. Logs the warnings.
    config::LoadedSettings load() const;

private:
    struct Parsed {
        std::string config_file;
        std::map<std::string, std::vector<std::string>> texts;
        std::map<std::string, bool> switches;
    };
    std::shared_ptr<Parsed> parsed_ = std::make_shared<Parsed>();
};

}  // namespace pintail::cli
