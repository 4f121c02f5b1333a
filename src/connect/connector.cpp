#include "connect/connector.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "connect/located_json.hpp"
#include "connect/names.hpp"

namespace pintail::connect {
namespace {

std::string property(const Properties& properties, const char* key, const char* otherwise) {
    const auto found = properties.find(key);
    return found == properties.end() ? otherwise : found->second;
}

}  // namespace

Connector parse_connector(std::string_view text, const std::string& file) {
    std::vector<config::Problem> problems;
    const auto located = parse_located(text, file, problems);
    config::throw_if_any(problems);
    const auto& root = located.value;
    Connector connector;
    if (!root.is_object() || !root.contains("name") || !root["name"].is_string() || !root.contains("config") ||
        !root["config"].is_object())
        problems.push_back({located.place(""), "a connector reads {\"name\": \"…\", \"config\": {…}}"});
    config::throw_if_any(problems);
    connector.name = root["name"].get<std::string>();
    for (const auto& [key, value] : root["config"].items()) {
        if (value.is_structured() || value.is_null())
            problems.push_back({located.place(child("/config", key)),
                                fmt::format("\"{}\" must be a text, a number, true or false", key)});
        else connector.properties[key] = value.is_string() ? value.get<std::string>() : value.dump();
    }
    config::throw_if_any(problems);
    return connector;
}

std::optional<SourceUse> source_use(const Properties& properties) {
    if (property(properties, "connector.class", "") != kPostgresConnector) return std::nullopt;
    SourceUse use;
    use.slot = property(properties, "slot.name", "debezium");  // Debezium's own defaults
    use.publication = property(properties, "publication.name", "dbz_publication");
    use.via_partition_root = property(properties, "publish.via.partition.root", "false") == "true";
    if (const auto list = properties.find("table.include.list"); list != properties.end())
        use.tables = exact_tables(list->second);
    return use;
}

bool knows_partition_root(const std::string& debezium_version) {
    int major = 0;
    int minor = 0;
    if (std::sscanf(debezium_version.c_str(), "%d.%d", &major, &minor) != 2) return false;
    return major > 3 || (major == 3 && minor >= 2);
}

}  // namespace pintail::connect
