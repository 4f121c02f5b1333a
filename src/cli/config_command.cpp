#include "cli/config_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/setting_flags.hpp"
#include "config/setting_spec.hpp"

namespace pintail::cli {
namespace {

struct ShowFlags {
    SettingFlags settings;
    bool changed = false;
    bool json = false;
};

SettingFlags flags_of_all_settings(CLI::App& command) {
    std::vector<std::string_view> keys;
    for (const auto& spec : config::setting_specs())
        if (!spec.secret) keys.push_back(spec.key);
    return SettingFlags(command, keys);
}

void show(const ShowFlags& flags) {
    auto values = flags.settings.load().values;
    if (flags.changed) std::erase_if(values, [](const config::ShownValue& value) { return value.is_default; });
    if (!flags.json) return fmt::print("{}", config::format_values(values));
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& value : values) all[value.key] = {{"value", value.value}, {"origin", value.origin}};
    fmt::print("{}\n", all.dump(2));
}

}  // namespace

CLI::App* add_config_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* config = parent.add_subcommand("config", "Show settings and where they come from");
    config->require_subcommand(1);

    CLI::App* show_command =
        config->add_subcommand("show", "Print every setting, its value and where it was written; secrets as ******");
    auto flags = std::make_shared<ShowFlags>(ShowFlags{flags_of_all_settings(*show_command), false, false});
    show_command->add_flag("--changed", flags->changed, "Leave defaults out");
    show_command->add_flag("--json", flags->json, "As JSON");
    show_command->callback([&chosen, flags] { chosen = [flags] { show(*flags); }; });

    CLI::App* keys =
        config->add_subcommand("keys", "Print the table of all settings and where each may be written, in Markdown");
    keys->callback([&chosen] { chosen = [] { fmt::print("{}", config::settings_table_markdown()); }; });
    return config;
}

}  // namespace pintail::cli
