// Settings from all their places:
//   built-in default < pintail.toml < .env and .credentials of the working folder < environment (PINTAIL_…) < flag
//
// load_settings() reads files and nothing else. It throws one Error (config) that lists every problem with its place;
// secrets appear in none of its messages.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/problem.hpp"
#include "config/settings.hpp"

namespace pintail::config {

struct LoadRequest {
    std::filesystem::path folder = ".";                // of .env, .credentials and pintail.toml; each may be missing
    std::optional<std::filesystem::path> config_file;  // --config: read instead of pintail.toml, must exist
    std::map<std::string, std::string> environment;    // process_environment(), or a test's own
    std::map<std::string, std::vector<std::string>> flags;  // by key of the setting ("batch.rows"), as given
};

// One line of `pintail config show`.
struct ShownValue {
    std::string key;
    std::string value;  // redacted; lists joined by ", "; empty: not set
    std::string
        origin;  // "default", "pintail.toml:3", ".env:2", "PINTAIL_TARGET", "--target", "derived from kafka.port"
    bool is_default = false;
};

struct LoadedSettings {
    Settings settings;
    std::vector<ShownValue> values;  // all of them, in the table's order
    std::vector<Problem> warnings;   // for the caller to log
};

std::map<std::string, std::string> process_environment();

LoadedSettings load_settings(const LoadRequest& request);

// The effective settings as an aligned table.
std::string format_values(const std::vector<ShownValue>& values);

}  // namespace pintail::config
