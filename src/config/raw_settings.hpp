// Settings as they are written, before anything is understood: texts, and where each came from.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"
#include "config/setting_spec.hpp"

namespace pintail::config {

// Each overrides those before it.
enum class Layer { built_in, derived, toml, dotenv, environment, flag };

struct Origin {
    Layer layer = Layer::built_in;
    std::string place;  // "pintail.toml:3", ".credentials:2", "PINTAIL_TARGET", "--target"; "default"
};

struct RawValue {
    std::vector<std::string> items;  // one, but for lists
    Origin origin;

    const std::string& text() const { return items.front(); }
};

class RawSettings {
public:
    // Takes the value unless a higher layer has spoken. Empty values say nothing.
    void put(const SettingSpec& spec, RawValue value);

    // nullptr: nobody has set it and it has no default.
    const RawValue* find(std::string_view key) const;

private:
    std::map<std::string, RawValue, std::less<>> values_;
};

// The built-in defaults.
void add_defaults(RawSettings& raw);

// `text` of the TOML file `file`; unknown keys, wrong types and secrets become problems with file and line.
void add_toml(std::string_view text, const std::string& file, RawSettings& raw, std::vector<Problem>& problems);

// Keys that pintail does not know belong to Compose and are left alone. `credentials`: the file is .credentials.
void add_dotenv(std::string_view text, const std::string& file, bool credentials, RawSettings& raw,
                std::vector<Problem>& problems);

// Variables PINTAIL_…; one that is nearly a known name becomes a warning.
void add_environment(const std::map<std::string, std::string>& environment, RawSettings& raw,
                     std::vector<Problem>& warnings);

}  // namespace pintail::config
