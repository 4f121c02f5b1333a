// connectors/connector_config.json: which connectors there are to be. Pure.
//
//   {"schemas": [{"name": "users", "schema": "public", "tables": ["users", "orders"],
//                 "schemas_enabled": true, "overrides": {"snapshot.fetch.size": "2000"}}]}
//
// One connector per entry: it captures the listed tables (their exact names, as in the catalog). `schemas_enabled`
// (default true) is whether messages carry their schema; `overrides` replaces or adds single properties of the
// template.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pintail::connect {

struct ConnectorEntry {
    std::string name;
    std::string schema;
    std::vector<std::string> tables;
    bool schemas_enabled = true;
    std::map<std::string, std::string> overrides;
};

// Throws Error (config) that lists every problem with file, line and column.
std::vector<ConnectorEntry> read_connector_config(std::string_view text, const std::string& file);

}  // namespace pintail::connect
