#include "postgres/partition_tree.hpp"

#include <fmt/format.h>

namespace pintail::postgres {

std::string partition_tree(const std::string& oid) {
    return fmt::format(R"sql((
        WITH RECURSIVE tree(relid) AS (
            SELECT {}
            UNION ALL
            SELECT i.inhrelid FROM tree JOIN pg_inherits i ON i.inhparent = tree.relid AND NOT i.inhdetachpending
            JOIN pg_class partition ON partition.oid = i.inhrelid AND partition.relispartition)
        SELECT relid FROM tree))sql",
                       oid);
}

}  // namespace pintail::postgres
