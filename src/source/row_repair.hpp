// Rows of a table as a snapshot of the source has them, as steps that make the target's rows of the same keys equal to
// them.
#pragma once

#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/column_policy.hpp"
#include "postgres/connection.hpp"
#include "postgres/publication.hpp"

namespace pintail::source {

// `connection` has the snapshot's transaction open. `keys`: the table's key columns in their order, as Postgres prints
// them. Rows that the snapshot has are to be put over those of the target, the other keys to be removed from it: right
// where the target holds exactly what the snapshot sees. The table must have a key.
std::vector<Step> repair_rows(postgres::Connection& connection, const postgres::PublishedTable& table,
                              const std::vector<std::vector<std::string>>& keys, const ColumnPolicies& policies);

}  // namespace pintail::source
