// The partitions of a table as SQL. pg_partition_tree() would wait for the lock of each, and hold it until the end of
// the transaction; the catalog is read beside every lock.
#pragma once

#include <string>

namespace pintail::postgres {

// For FROM: a column `relid` with the table itself and its partitions on all levels. `oid` is an expression, of a table
// to the left of it with LATERAL. One whose DETACH CONCURRENTLY has begun is none any more.
std::string partition_tree(const std::string& oid);

}  // namespace pintail::postgres
