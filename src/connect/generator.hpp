// Template + entries → one Debezium connector per entry. Pure, but for write_connectors().
//
// The template is a connector as Connect's REST takes it, {"name": …, "config": {…}}, with placeholders {{…}} in its
// texts: name, schema, tables, topic_prefix, slot, publication, host, port, user, password, database, schemas_enabled,
// decimal_handling. Its reasons are in docs/connectors.md.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "connect/connector_config.hpp"

namespace pintail::connect {

enum class SecretsMode {
    provider,  // the JSON refers to secrets; the Connect worker knows them (ConfigProvider): safe to commit
    inline_    // the JSON holds them: written with mode 0600
};

// What the connector needs to know of its source, as it is to stand in the JSON: plain, or ${env:…} and ${file:…}.
struct SourceReference {
    std::string host;
    std::string port;
    std::string user;
    std::string password;
    std::string database;
};

// Throws Error (config) when inline secrets are asked for and user, password or database are not known.
SourceReference source_reference(const config::Settings& settings, SecretsMode secrets);

struct GeneratorInput {
    std::string topic_prefix;
    config::DecimalHandling decimal_handling = config::DecimalHandling::automatic;
    SourceReference source;
};

struct GeneratedConnector {
    std::string name;       // Connect's name and the file's stem: "public-users-connector"
    std::string file_name;  // "public-users-connector.json"
    std::string json;       // what curl -X POST …/connectors takes
};

// Throws Error (config) that lists every problem of the template with file, line and column.
std::vector<GeneratedConnector> generate_connectors(std::string_view template_text, const std::string& template_file,
                                                    const std::vector<ConnectorEntry>& entries,
                                                    const GeneratorInput& input);

// Writes each into `folder`, whole or not at all; mode 0600 for inline secrets. Returns the paths.
std::vector<std::filesystem::path> write_connectors(const std::filesystem::path& folder,
                                                    const std::vector<GeneratedConnector>& connectors,
                                                    SecretsMode secrets);

}  // namespace pintail::connect
