// May the role read the tables that are to be copied?
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "postgres/connection.hpp"

namespace pintail::postgres {

// Of these tables, by oid, the ones that the role may not copy, each with the SQL that allows it. A partitioned table
// is copied by its partitions, whose own rights count. Throws SqlError.
std::map<uint32_t, std::string> lacking_grants(Connection& connection, const std::vector<uint32_t>& tables);

}  // namespace pintail::postgres
