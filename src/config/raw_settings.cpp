#include "config/raw_settings.hpp"

#include <fmt/format.h>

#include "config/dotenv.hpp"
#include "config/value.hpp"

namespace pintail::config {
namespace {

std::vector<std::string> items_of(const SettingSpec& spec, const std::string& text) {
    if (is_list(spec)) return split_list(text);
    return {text};
}

const SettingSpec* by_dotenv_key(const std::string& key) {
    for (const auto& spec : setting_specs())
        if (!spec.dotenv.empty() && spec.dotenv == key) return &spec;
    return nullptr;
}

const SettingSpec* by_environment_name(const std::string& name) {
    for (const auto& spec : setting_specs())
        if (environment_name(spec) == name) return &spec;
    return nullptr;
}

}  // namespace

void RawSettings::put(const SettingSpec& spec, RawValue value) {
    if (value.items.empty() || (value.items.size() == 1 && value.items.front().empty())) return;
    const auto found = values_.find(spec.key);
    if (found != values_.end() && found->second.origin.layer > value.origin.layer) return;
    values_.insert_or_assign(std::string(spec.key), std::move(value));
}

const RawValue* RawSettings::find(std::string_view key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
}

void add_defaults(RawSettings& raw) {
    for (const auto& spec : setting_specs())
        raw.put(spec, {items_of(spec, std::string(spec.fallback)), {Layer::built_in, "default"}});
}

void add_dotenv(std::string_view text, const std::string& file, bool credentials, RawSettings& raw,
                std::vector<Problem>& problems) {
    for (const auto& entry : parse_dotenv(text, file, problems)) {
        const auto* spec = by_dotenv_key(entry.key);
        if (!spec) continue;
        const auto place = fmt::format("{}:{}", file, entry.line);
        if (spec->secret && !credentials)
            problems.push_back({place, fmt::format("{} is a secret: move it to .credentials", entry.key)});
        else raw.put(*spec, {items_of(*spec, entry.value), {Layer::dotenv, place}});
    }
}

void add_environment(const std::map<std::string, std::string>& environment, RawSettings& raw,
                     std::vector<Problem>& warnings) {
    std::vector<std::string> known;
    for (const auto& spec : setting_specs()) known.push_back(environment_name(spec));
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("PINTAIL_")) continue;
        if (const auto* spec = by_environment_name(name))
            raw.put(*spec, {items_of(*spec, value), {Layer::environment, name}});
        else if (const auto near = nearest(name, known); !near.empty())
            warnings.push_back({name, fmt::format("is not a setting and is ignored; did you mean {}?", near)});
    }
}

}  // namespace pintail::config
