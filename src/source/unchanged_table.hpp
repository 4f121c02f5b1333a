// Reading a relation through an older snapshot, provided that it still is what it was then.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "postgres/connection.hpp"
#include "postgres/table_copy.hpp"

namespace pintail::source {

// Begins COPY of `query`, which reads `relation` (quoted; `oid` is its own), inside the connection's transaction and a
// savepoint called chunk. nullptr, and the savepoint gone: the relation was rewritten, dropped or renamed, or a column
// of it dropped or renamed, since the snapshot. A lock, which is waited for, keeps it as it is from before `query` is
// asked for on.
std::unique_ptr<postgres::TableCopy> open_unchanged(postgres::Connection& connection, const std::string& relation,
                                                    uint32_t oid, const std::function<std::string()>& query);

}  // namespace pintail::source
