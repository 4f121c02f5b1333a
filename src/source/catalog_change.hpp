// What DDL has done to a table between two looks at the source's catalog, and whether the target can follow it.
//
// Pure. Columns are told apart by attnum. Whatever is not proven to leave all rows as they are asks for a copy: a copy
// is always right.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/batch.hpp"
#include "source/catalog_entry.hpp"

namespace pintail::source {

struct CatalogChange {
    std::string copy_because;  // empty: the target's rows can be carried over. For the log and the history
    std::vector<ColumnRename> renamed;
    std::vector<std::string> dropped;  // names as of before
    bool reshaped = false;             // columns or key are others: the target has to know
    std::vector<ShapeNote> notes;      // what changes nothing in the target, for its history
};

CatalogChange compare_entries(const CatalogEntry& before, const CatalogEntry& now);

// `now` was read behind the transaction `xid` of the stream. Could a later one have written what differs from `before`?
// Then it is not proven that the table was like `now` when `xid` changed it. A subtransaction's own DDL counts as
// later.
bool is_ahead(const CatalogEntry& before, const CatalogEntry& now, uint32_t xid);

}  // namespace pintail::source
