// The relations that a table's rows lie in, as a copy reads them: the table itself, or its partitions.
#pragma once

#include <cstdint>
#include <vector>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::source {

struct CopiedLeaf {
    TableName name;
    uint32_t oid = 0;
    uint64_t pages = 0;  // about
};

// Foreign tables are none. Inside a transaction; does not wait for the lock of any of them.
std::vector<CopiedLeaf> copied_leaves(postgres::Connection& connection, const TableName& table);

}  // namespace pintail::source
