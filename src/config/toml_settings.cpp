// pintail.toml → RawSettings. The only place that includes toml++.
#include <fmt/format.h>
#include <toml++/toml.h>

#include "config/postgres_url.hpp"
#include "config/raw_settings.hpp"
#include "config/value.hpp"

namespace pintail::config {
namespace {

// [modes] is another word for [table_mode].
constexpr std::string_view kModes = "modes";

struct Reader {
    const std::string& file;
    RawSettings& raw;
    std::vector<Problem>& problems;

    std::string place(const toml::source_region& where) const { return fmt::format("{}:{}", file, where.begin.line); }

    void complain(const toml::node& node, std::string text) {
        problems.push_back({place(node.source()), std::move(text)});
    }

    void put(const SettingSpec& spec, const toml::node& node, std::vector<std::string> items) {
        const auto* before = raw.find(spec.key);
        if (before && before->origin.layer == Layer::toml)
            return complain(node, fmt::format("{} stands in {} already", spec.key, before->origin.place));
        raw.put(spec, {std::move(items), {Layer::toml, place(node.source())}});
    }
};

// Numbers and booleans are taken as their text: validation is the same for all layers.
std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* flag = node.as_boolean()) return std::string(flag->get() ? "true" : "false");
    return std::nullopt;
}

std::optional<std::vector<std::string>> items_of(const SettingSpec& spec, const toml::node& node) {
    std::vector<std::string> items;
    if (const auto* array = node.as_array()) {
        for (const auto& element : *array) {
            const auto* text = element.as_string();
            if (!text) return std::nullopt;
            items.push_back(text->get());
        }
        return items;
    }
    const auto text = scalar_text(node);
    if (!text) return std::nullopt;
    return is_list(spec) ? split_list(*text) : std::vector{*text};
}

std::string unknown(const std::string& key) {
    std::vector<std::string> known;
    for (const auto& spec : setting_specs()) known.emplace_back(spec.key);
    const auto near = nearest(key, known);
    return near.empty() ? fmt::format("{} is not a setting", key)
                        : fmt::format("{} is not a setting; did you mean {}?", key, near);
}

void read_value(Reader& reader, const std::string& key, const toml::node& node) {
    const auto* spec = find_setting(key);
    if (!spec) return reader.complain(node, unknown(key));
    const auto items = items_of(*spec, node);
    if (!items || (node.is_array() && !is_list(*spec)))
        return reader.complain(node, fmt::format("{} must be {}", key, expectation(*spec)));
    const bool hides_secret = spec->kind == ValueKind::source_url && !items->empty() && has_password(items->front());
    if (spec->secret || hides_secret)
        return reader.complain(
            node, fmt::format("{} holds a password: write it as POSTGRES_PASSWORD into .credentials instead", key));
    reader.put(*spec, node, *items);
}

// [columns] with "public.t.price" = "varchar" as with the list ["public.t.price=varchar"]. A name with a dot stands in
// quotes: without them it would be a table.
void read_rules(Reader& reader, const SettingSpec& spec, const toml::table& table) {
    std::vector<std::string> items;
    for (const auto& [pattern, node] : table) {
        const auto choice = scalar_text(node);
        if (!choice) return reader.complain(node, fmt::format("{} must be {}", spec.key, expectation(spec)));
        items.push_back(fmt::format("{}={}", pattern.str(), *choice));
    }
    reader.put(spec, table, std::move(items));
}

void read_table(Reader& reader, const std::string& prefix, const toml::table& table) {
    for (const auto& [name, node] : table) {
        const auto key = prefix + std::string(name.str());
        const auto* inner = node.as_table();
        const auto* spec = find_setting(key == kModes ? "table_mode" : key);
        if (inner && spec && spec->kind == ValueKind::rules) read_rules(reader, *spec, *inner);
        else if (inner) read_table(reader, key + ".", *inner);
        else read_value(reader, key, node);
    }
}

}  // namespace

void add_toml(std::string_view text, const std::string& file, RawSettings& raw, std::vector<Problem>& problems) {
    try {
        Reader reader{file, raw, problems};
        read_table(reader, "", toml::parse(text, file));
    } catch (const toml::parse_error& error) {
        const auto& where = error.source().begin;
        problems.push_back({fmt::format("{}:{}:{}", file, where.line, where.column), std::string(error.description())});
    }
}

}  // namespace pintail::config
