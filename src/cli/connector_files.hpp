// The connectors folder: template and configuration in, connectors out.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "connect/connector.hpp"
#include "connect/generator.hpp"

namespace pintail::cli {

// From connector_template.json and connector_config.json in `folder`. Throws Error (config).
std::vector<connect::GeneratedConnector> generate_from(const std::filesystem::path& folder,
                                                       const config::Settings& settings, connect::SecretsMode secrets);

// Files as `generate` wrote them, or people.
std::vector<connect::Connector> read_connectors(const std::vector<std::string>& files);

}  // namespace pintail::cli
