// Can these tables be replicated from this server, through this slot and publication? Asked before anything is made
// there, so that a refusal comes with the command that mends it instead of a stack trace later.
#pragma once

#include <string>
#include <vector>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

struct ReplicationPlan {
    std::vector<TableName> tables;
    std::string slot;
    std::string publication;
    // The one who will replicate holds the slot already (it is being configured anew): then it may be active.
    bool slot_is_ours = false;
    // The changes of partitions arrive under their root's name.
    bool via_partition_root = true;
    // Whose UPDATE and DELETE will not be published: these need no identity.
    std::vector<TableName> inserts_only;
    // They were found in the catalog just now, nobody has named them: one that is not there any more is no finding.
    bool tables_were_listed = false;
    // What this reader does when its slot is of no use any more. Empty: it makes a new one and copies again by itself.
    std::string begin_anew;
};

struct Finding {
    std::string problem;  // one sentence
    std::string remedy;   // what to do; SQL where SQL does it
    // The role lacks it: whoever took it may give it back while a reader waits.
    bool is_right = false;
};

// "problem: remedy" of each.
std::vector<std::string> lines_of(const std::vector<Finding>& findings);

// Only reads. Empty: nothing stands in the way. Throws SqlError when the catalog cannot be read.
std::vector<Finding> check_readiness(Connection& connection, const ReplicationPlan& plan);

// The role has REPLICATION, by itself or by what a managed service has instead.
bool may_replicate(Connection& connection);

}  // namespace pintail::postgres
