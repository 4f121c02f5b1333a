#include "config/load.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "config/interpret.hpp"
#include "config/raw_settings.hpp"
#include "config/value.hpp"
#include "core/error.hpp"

namespace pintail::config {
namespace {

enum class IfMissing { skip, complain };

std::optional<std::string> read_file(const std::filesystem::path& path, const std::string& shown, IfMissing if_missing,
                                     std::vector<Problem>& problems) {
    std::error_code ignored;
    if (if_missing == IfMissing::skip && !std::filesystem::exists(path, ignored)) return std::nullopt;
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (!in || std::filesystem::is_directory(path, ignored) || !(text << in.rdbuf() || in.peek() == EOF)) {
        problems.push_back({shown, fmt::format("cannot be read ({})", std::filesystem::is_directory(path, ignored)
                                                                          ? "it is a folder"
                                                                          : std::strerror(errno))});
        return std::nullopt;
    }
    return text.str();
}

void warn_of_open_mode(const std::filesystem::path& path, const std::string& shown, std::vector<Problem>& warnings) {
    struct stat info {};
    if (stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        warnings.push_back({shown, fmt::format("others than its owner may read it (mode {:o}): chmod 600 {}",
                                               info.st_mode & 0777u, shown)});
}

class Loader {
public:
    explicit Loader(const LoadRequest& request) : request_(request) {}

    LoadedSettings load() {
        add_defaults(raw_);
        add_config_file();
        add_dotenv_file(".env", false);
        add_dotenv_file(".credentials", true);
        add_environment(request_.environment, raw_, warnings_);
        add_flags();
        add_derived(raw_);
        LoadedSettings loaded;
        loaded.settings = interpret(raw_, problems_);
        throw_if_any(problems_);
        loaded.values = shown_values();
        loaded.warnings = std::move(warnings_);
        return loaded;
    }

private:
    void add_config_file() {
        const auto path = request_.config_file.value_or(request_.folder / "pintail.toml");
        const auto shown = request_.config_file ? path.string() : std::string("pintail.toml");
        const auto if_missing = request_.config_file ? IfMissing::complain : IfMissing::skip;
        if (const auto text = read_file(path, shown, if_missing, problems_)) add_toml(*text, shown, raw_, problems_);
    }

    void add_dotenv_file(const std::string& name, bool credentials) {
        const auto path = request_.folder / name;
        const auto text = read_file(path, name, IfMissing::skip, problems_);
        if (!text) return;
        if (credentials) warn_of_open_mode(path, name, warnings_);
        add_dotenv(*text, name, credentials, raw_, problems_);
    }

    void add_flags() {
        for (const auto& [key, texts] : request_.flags) {
            const auto* spec = find_setting(key);
            if (!spec) throw Error(ErrorKind::internal, "a flag for the unknown setting " + key);
            std::vector<std::string> items;
            for (const auto& text : texts) {
                const auto more = spec->kind == ValueKind::list ? split_list(text) : std::vector{text};
                items.insert(items.end(), more.begin(), more.end());
            }
            raw_.put(*spec, {items, {Layer::flag, flag_name(*spec)}});
        }
    }

    std::vector<ShownValue> shown_values() const {
        std::vector<ShownValue> values;
        for (const auto& spec : setting_specs()) {
            const auto* value = raw_.find(spec.key);
            if (!value) values.push_back({std::string(spec.key), "", "not set", true});
            else
                values.push_back(
                    {std::string(spec.key),
                     spec.secret ? "******" : redact_setting(fmt::format("{}", fmt::join(value->items, ", "))),
                     value->origin.place, value->origin.layer <= Layer::derived});
        }
        return values;
    }

    const LoadRequest& request_;
    RawSettings raw_;
    std::vector<Problem> problems_;
    std::vector<Problem> warnings_;
};

}  // namespace

std::map<std::string, std::string> process_environment() {
    std::map<std::string, std::string> variables;
    for (char** entry = environ; entry && *entry; ++entry) {
        const std::string_view text(*entry);
        const auto equals = text.find('=');
        if (equals != std::string_view::npos) variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

LoadedSettings load_settings(const LoadRequest& request) {
    return Loader(request).load();
}

std::string format_values(const std::vector<ShownValue>& values) {
    size_t key_width = 0;
    size_t value_width = 0;
    for (const auto& value : values) {
        key_width = std::max(key_width, value.key.size());
        value_width = std::max(value_width, value.value.size());
    }
    std::string table;
    for (const auto& value : values)
        table += fmt::format("{:<{}}  {:<{}}  {}\n", value.key, key_width, value.value, value_width, value.origin);
    return table;
}

}  // namespace pintail::config
