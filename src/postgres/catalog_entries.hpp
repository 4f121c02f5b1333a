// What has to be known of the published tables to tell, later, what DDL has done to them: as JSON texts, which
// source/catalog_entry reads and the target remembers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "postgres/connection.hpp"

namespace pintail::postgres {

// One statement, so that all of it is seen by one snapshot. `oid`: of this table only.
std::vector<std::string> catalog_entries(Connection& connection, const std::vector<std::string>& publications,
                                         std::optional<uint32_t> oid = std::nullopt);

}  // namespace pintail::postgres
