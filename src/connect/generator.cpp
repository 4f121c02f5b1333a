#include "connect/generator.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "connect/located_json.hpp"
#include "connect/names.hpp"
#include "core/error.hpp"

namespace pintail::connect {
namespace {

using Json = nlohmann::ordered_json;
using config::DecimalHandling;
using config::Problem;
using Values = std::map<std::string, std::string>;

std::string decimal_mode(DecimalHandling handling, bool schemas_enabled) {
    switch (handling) {
        case DecimalHandling::precise: return "precise";
        case DecimalHandling::string: return "string";
        case DecimalHandling::floating: return "double";
        case DecimalHandling::automatic: break;
    }
    // Without its schema a precise decimal is base64 of an unscaled number: unreadable.
    return schemas_enabled ? "precise" : "string";
}

std::string include_list(const ConnectorEntry& entry) {
    std::vector<std::string> patterns;
    for (const auto& table : entry.tables) patterns.push_back(table_pattern({entry.schema, table}));
    return fmt::format("{}", fmt::join(patterns, ","));
}

std::string connector_name(const ConnectorEntry& entry) {
    return fmt::format("{}-{}-connector", topic_part(entry.schema), entry.name);
}

Values values_for(const ConnectorEntry& entry, const GeneratorInput& input) {
    const auto replication = replication_name({input.topic_prefix, entry.schema, entry.name});
    return {{"name", connector_name(entry)},
            {"schema", entry.schema},
            {"tables", include_list(entry)},
            {"topic_prefix", input.topic_prefix},
            {"slot", replication},
            {"publication", replication},
            {"host", input.source.host},
            {"port", input.source.port},
            {"user", input.source.user},
            {"password", input.source.password},
            {"database", input.source.database},
            {"schemas_enabled", entry.schemas_enabled ? "true" : "false"},
            {"decimal_handling", decimal_mode(input.decimal_handling, entry.schemas_enabled)}};
}

// Finds {{…}} in a template's texts; values themselves are never searched again (a password may hold braces).
class Filler {
public:
    Filler(const LocatedJson& located, const Values& values, std::vector<Problem>& problems)
        : located_(located), values_(values), problems_(problems) {}

    std::string fill(const std::string& pointer, std::string_view text) {
        std::string out;
        for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{")) {
            const auto close = text.find("}}", open);
            if (close == std::string_view::npos) {
                complain(pointer, "a placeholder's closing }} is missing");
                return out;
            }
            out += text.substr(0, open);
            out += value_of(pointer, std::string(text.substr(open + 2, close - open - 2)));
            text.remove_prefix(close + 2);
        }
        return out += text;
    }

private:
    std::string value_of(const std::string& pointer, const std::string& name) {
        const auto found = values_.find(name);
        if (found != values_.end()) return found->second;
        std::vector<std::string> known;
        for (const auto& [key, value] : values_) known.push_back(key);
        const auto near = config::nearest(name, known);
        complain(pointer, fmt::format("{{{{{}}}}} is no placeholder; {}", name,
                                      near.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                                   : fmt::format("did you mean {{{{{}}}}}?", near)));
        return {};
    }

    void complain(const std::string& pointer, std::string text) {
        problems_.push_back({located_.place(pointer), std::move(text)});
    }

    const LocatedJson& located_;
    const Values& values_;
    std::vector<Problem>& problems_;
};

bool check_shape(const LocatedJson& located, std::vector<Problem>& problems) {
    const auto& root = located.value;
    const size_t known = problems.size();
    const auto complain = [&](const std::string& pointer, std::string text) {
        problems.push_back({located.place(pointer), std::move(text)});
    };
    if (!root.is_object() || !root.contains("name") || !root["name"].is_string() || !root.contains("config") ||
        !root["config"].is_object()) {
        complain("", "a template reads {\"name\": \"…\", \"config\": {…}}");
        return false;
    }
    for (const auto& [key, value] : root.items())
        if (key != "name" && key != "config")
            complain(child("", key), fmt::format("\"{}\" is unknown here; known are name, config", key));
    for (const auto& [key, value] : root["config"].items())
        if (value.is_structured() || value.is_null())
            complain(child("/config", key), fmt::format("\"{}\" must be a text, a number, true or false", key));
    return problems.size() == known;
}

// Connect wants texts throughout.
std::string scalar_text(const Json& value) {
    return value.is_string() ? value.get<std::string>() : value.dump();
}

GeneratedConnector generate_one(const LocatedJson& located, const ConnectorEntry& entry, const GeneratorInput& input,
                                std::vector<Problem>& problems) {
    const auto values = values_for(entry, input);
    Filler filler(located, values, problems);
    Json connector;
    connector["name"] = filler.fill("/name", scalar_text(located.value["name"]));
    auto& properties = connector["config"] = Json::object();
    for (const auto& [key, value] : located.value["config"].items())
        properties[key] = filler.fill(child("/config", key), scalar_text(value));
    for (const auto& [key, value] : entry.overrides) properties[key] = value;
    const auto name = connector["name"].get<std::string>();
    return {name, name + ".json", connector.dump(2) + "\n"};
}

// Two connectors on one slot or publication take each other's changes away.
void check_distinct(const std::vector<GeneratedConnector>& connectors, const std::string& file,
                    std::vector<Problem>& problems) {
    std::map<std::pair<std::string, std::string>, std::string> owners;
    for (const auto& connector : connectors) {
        const auto json = Json::parse(connector.json);
        std::vector<std::pair<std::string, std::string>> claims{{"name", connector.name}};
        for (const auto* key : {"slot.name", "publication.name"})
            if (json["config"].contains(key)) claims.emplace_back(key, json["config"][key].get<std::string>());
        for (const auto& claim : claims) {
            const auto [owner, fresh] = owners.emplace(claim, connector.name);
            if (!fresh)
                problems.push_back({file, fmt::format("connectors {} and {} have the same {} \"{}\"", owner->second,
                                                      connector.name, claim.first, claim.second)});
        }
    }
}

[[noreturn]] void write_failed(const std::filesystem::path& path) {
    throw Error(ErrorKind::config, fmt::format("{} cannot be written ({})", path.string(), std::strerror(errno)));
}

void write_all(int file, std::string_view text, const std::filesystem::path& path) {
    while (!text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) write_failed(path);
        text.remove_prefix(static_cast<size_t>(written));
    }
}

// Beside it and renamed: nobody sees half a file, and a secret never stands in one with another mode.
void write_file(const std::filesystem::path& path, std::string_view text, mode_t mode) {
    const auto fresh = path.string() + ".new";
    ::unlink(fresh.c_str());
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file < 0) write_failed(path);
    try {
        write_all(file, text, path);
    } catch (...) {
        ::close(file);
        ::unlink(fresh.c_str());
        throw;
    }
    if (::close(file) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) write_failed(path);
}

SourceReference from_provider(const config::Settings& settings) {
    const auto refer = [&](const char* key) {
        if (settings.connect_secrets_file.empty()) return fmt::format("${{env:{}}}", key);
        return fmt::format("${{file:{}:{}}}", settings.connect_secrets_file, key);
    };
    const auto or_worker = [](const std::string& known, const char* key) {
        return known.empty() ? fmt::format("${{env:{}}}", key) : known;
    };
    return {or_worker(settings.connect_source.host, "POSTGRES_HOST"),
            or_worker(settings.connect_source.port, "POSTGRES_PORT"), refer("POSTGRES_USER"),
            refer("POSTGRES_PASSWORD"), refer("POSTGRES_DB")};
}

SourceReference from_settings(const config::Settings& settings) {
    const auto& known = settings.postgres;
    if (known.user.empty() || known.password.empty() || known.database.empty())
        throw Error(ErrorKind::config,
                    "inline secrets need POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB in .credentials (or a "
                    "postgres:// source URL that holds them)");
    const auto& seen = settings.connect_source;
    return {seen.host.empty() ? known.host : seen.host, seen.port.empty() ? known.port : seen.port, known.user,
            known.password, known.database};
}

}  // namespace

SourceReference source_reference(const config::Settings& settings, SecretsMode secrets) {
    return secrets == SecretsMode::provider ? from_provider(settings) : from_settings(settings);
}

std::vector<GeneratedConnector> generate_connectors(std::string_view template_text, const std::string& template_file,
                                                    const std::vector<ConnectorEntry>& entries,
                                                    const GeneratorInput& input) {
    std::vector<Problem> problems;
    const auto located = parse_located(template_text, template_file, problems);
    config::throw_if_any(problems);
    std::vector<GeneratedConnector> connectors;
    if (check_shape(located, problems))
        for (const auto& entry : entries) {
            if (!problems.empty()) break;  // the same complaints for every entry help nobody
            connectors.push_back(generate_one(located, entry, input, problems));
        }
    if (problems.empty()) check_distinct(connectors, template_file, problems);
    config::throw_if_any(problems);
    return connectors;
}

std::vector<std::filesystem::path> write_connectors(const std::filesystem::path& folder,
                                                    const std::vector<GeneratedConnector>& connectors,
                                                    SecretsMode secrets) {
    std::vector<std::filesystem::path> paths;
    for (const auto& connector : connectors) {
        paths.push_back(folder / connector.file_name);
        write_file(paths.back(), connector.json, secrets == SecretsMode::inline_ ? 0600 : 0644);
    }
    return paths;
}

}  // namespace pintail::connect
