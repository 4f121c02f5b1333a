// What can be known before a connector is registered: would its source let it work?
#pragma once

#include <string>
#include <vector>

#include "connect/connector.hpp"

namespace pintail::cli {

// Asks Postgres at `source` (and Connect for Debezium's version and the connectors that it has already). Throws one
// Error (source) with every finding and what mends it.
void check_source(const std::string& source, connect::Client& client,
                  const std::vector<connect::Connector>& connectors);

}  // namespace pintail::cli
