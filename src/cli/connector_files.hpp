// The connectors folder: template and configuration in, connectors out.
#pragma once

#include <filesystem>
#include <optional>
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

// Those of connector_config.json in `folder`, each with secrets as its file there has them, unless `secrets` says how.
// A file that holds something else than generate would write now may be out of date or edited by hand, and which of the
// two is meant only people know: Error (config).
std::vector<connect::Connector> connectors_of_folder(const std::filesystem::path& folder,
                                                     const config::Settings& settings,
                                                     std::optional<connect::SecretsMode> secrets);

}  // namespace pintail::cli
