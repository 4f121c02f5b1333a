// The changes of one table without key in one batch: what goes, how often, and what comes.
#pragma once

#include <cstdint>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/compaction.hpp"

namespace pintail::duck {

struct MultisetChanges {
    std::vector<uint32_t> inserts;  // rows to add, ascending
    // Distinct rows that must go from the target as it stood at the batch's start, and how many of each.
    std::vector<uint32_t> removed;
    std::vector<int64_t> times;
};

// A remove takes back an equal insert that came earlier in the batch; only the others reach the target.
MultisetChanges net_changes(const RowBatch& rows);

// Which remove ends which insert: for modes that keep removed rows.
struct MultisetEnds {
    std::vector<uint32_t> ended_by;  // per row: the remove that takes it; kNoRow: none in this batch, or it is a remove
    // Removes that take a row of the target as it stood at the batch's start, equal ones side by side: rows[first[i] ..
    // first[i + 1]) are equal.
    std::vector<uint32_t> rows;
    std::vector<size_t> first;
};

MultisetEnds pair_removes(const RowBatch& rows);

}  // namespace pintail::duck
