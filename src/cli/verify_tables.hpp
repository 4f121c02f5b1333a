// Which tables are compared and how: what both sides' catalogs say, as of their snapshots.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/verify_sides.hpp"
#include "core/table_schema.hpp"
#include "postgres/publication.hpp"
#include "verify/table_plan.hpp"

namespace pintail::cli {

struct TargetTableName {
    TableName source;
    std::string relation;      // quoted
    std::string mode;          // "mirror", …: in others than that some rows are not the source's rows of now
    std::string target_name;   // for people
    bool quarantined = false;  // not followed: it is not what the source has, and is known not to be
    bool followed = false;     // by a copy of it, or it was
    uint64_t rows = 0;
};

// What is shown in the target.
std::vector<TargetTableName> shown_tables(verify::Snapshot& target);

// The plan of one table. Its lock on the source's table lasts until released: `name` must not change its shape
// meanwhile. nullopt, and why: it has changed since the snapshot, or is not there.
struct PlannedTable {
    std::optional<verify::TablePlan> plan;
    std::string why_not;
};
PlannedTable plan_table(VerifySides& sides, const TargetTableName& table, const postgres::PublishedTable& published);

}  // namespace pintail::cli
