// The one table of settings: every key, where it may be written, its default, what it means.
// Loading, validation, `pintail config show`, the flags and docs/configuration.md all follow it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pintail::config {

enum class ValueKind {
    text,
    list,        // several texts; separated by commas outside double quotes, or an array in TOML
    rules,       // a list of PATTERN=choice; in TOML a table of them, too
    choice,      // one of SettingSpec::choices
    port,        // 1..65535
    count,       // 1 or more
    bytes,       // "64MiB", "1GB", "1048576"
    memory,      // likewise, kLeastMemory or more
    duration,    // "250ms", "1s", "2m"
    boolean,     // true/false, yes/no, on/off, 1/0
    http_url,    // "http://host:port"
    until,       // "current", "end" or an LSN
    wal_budget,  // "50GB", "50GB:warn", "50GB:stop", "50GB:drop-slot"
    source_url   // what libpq takes: "postgres://…"
};

struct SettingSpec {
    std::string_view key;         // its name in messages and in pintail.toml ("batch.rows" is rows in [batch])
    std::string_view dotenv;      // its key in .env or (secrets) .credentials; empty: not read from there
    bool in_credentials = false;  // `dotenv` stands in .credentials
    std::string_view fallback;    // built-in default; empty: none, or derived (see `help`)
    ValueKind kind = ValueKind::text;
    std::string_view choices;  // "a|b|c" of a choice, or of a rule
    bool secret = false;       // printed as ******, refused in pintail.toml
    std::string_view help;
};

std::span<const SettingSpec> setting_specs();
const SettingSpec* find_setting(std::string_view key);

// Whether it takes several texts.
bool is_list(const SettingSpec& spec);

// "batch.rows" → "PINTAIL_BATCH_ROWS", "--batch-rows".
std::string environment_name(const SettingSpec& spec);
std::string flag_name(const SettingSpec& spec);

std::vector<std::string> choices_of(const SettingSpec& spec);

// What a value of this kind looks like, for messages and docs ("a port number from 1 to 65535").
std::string expectation(const SettingSpec& spec);

// The Markdown table of docs/configuration.md.
std::string settings_table_markdown();

}  // namespace pintail::config
