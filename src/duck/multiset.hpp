// The changes of one table without key in one batch: what goes, how often, and what comes.
#pragma once

#include <cstdint>
#include <vector>

#include "core/row_batch.hpp"

namespace pintail::duck {

struct MultisetChanges {
    std::vector<uint32_t> inserts;  // rows to add, ascending
    // Distinct rows that must go from the target as it stood at the batch's start, and how many of each.
    std::vector<uint32_t> removed;
    std::vector<int64_t> times;
};

// A remove takes back an equal insert that came earlier in the batch; only the others reach the target.
MultisetChanges net_changes(const RowBatch& rows);

}  // namespace pintail::duck
