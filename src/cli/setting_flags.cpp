#include "cli/setting_flags.hpp"

#include "config/setting_spec.hpp"
#include "core/error.hpp"
#include "log/log.hpp"

namespace pintail::cli {

SettingFlags::SettingFlags(CLI::App& command, const std::vector<std::string_view>& keys) {
    command.add_option("--config", parsed_->config_file, "Read this file instead of ./pintail.toml")->type_name("FILE");
    for (const std::string_view key : keys) {
        const config::SettingSpec* spec = config::find_setting(key);
        if (!spec) throw Error(ErrorKind::internal, "no such setting: " + std::string(key));
        const std::string name(key);
        if (spec->kind == config::ValueKind::boolean) {
            command.add_flag(config::flag_name(*spec), parsed_->switches[name], std::string(spec->help));
            continue;
        }
        CLI::Option* option =
            command.add_option(config::flag_name(*spec), parsed_->texts[name], std::string(spec->help));
        option->type_name(spec->choices.empty() || spec->kind == config::ValueKind::rules ? "VALUE"
                                                                                          : std::string(spec->choices));
        option->expected(1);
        // What stands behind its value may be an argument of the command.
        option->allow_extra_args(config::is_list(*spec));
        option->multi_option_policy(config::is_list(*spec) ? CLI::MultiOptionPolicy::TakeAll
                                                           : CLI::MultiOptionPolicy::TakeLast);
    }
}

config::LoadedSettings SettingFlags::load() const {
    config::LoadRequest request;
    if (!parsed_->config_file.empty()) request.config_file = parsed_->config_file;
    request.environment = config::process_environment();
    for (const auto& [key, values] : parsed_->texts) {
        if (!values.empty()) request.flags[key] = values;
    }
    for (const auto& [key, on] : parsed_->switches) {
        if (on) request.flags[key] = {"true"};
    }
    config::LoadedSettings loaded = config::load_settings(request);
    for (const config::Problem& warning : loaded.warnings) log::warn("{}: {}", warning.place, warning.text);
    return loaded;
}

}  // namespace pintail::cli
