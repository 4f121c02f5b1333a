// Whom sessions wait for at the server, in words.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// What those of these sessions wait for that have waited longer than a moment, and how to end it.
std::set<std::string> lock_waits(Connection& connection, const std::vector<int>& pids);

// Transactions whose commits may be written and not visible, since they wait for a synchronous standby. Where the role
// may not see what others wait for (without pg_read_all_stats), all of theirs.
std::vector<uint32_t> commits_awaiting_standby(Connection& connection);

// Tables that cannot be put into a publication, or taken out, just now: somebody has locked them, or waits for it.
// Autovacuum is no reason: it goes when somebody waits.
std::set<TableName> locked_tables(Connection& connection);

}  // namespace pintail::postgres
