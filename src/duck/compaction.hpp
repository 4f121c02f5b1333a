// The changes of one keyed table in one batch, reduced to the last state per key. Works on row numbers only.
//
// Every key that occurs is `touched`. Its fate is decided by its last row: a survivor, or gone. Each row remembers
// which earlier row of the batch, or which key of the target, holds the image it was made from: that is where its
// unchanged-TOAST cells are found, through chains and swaps of keys (docs/correctness.md, "Origin keys").
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/row_batch.hpp"

namespace pintail::duck {

inline constexpr uint32_t kNoRow = std::numeric_limits<uint32_t>::max();

// Per key, in the order of the first appearance.
struct KeyRows {
    std::vector<uint32_t> first;
    std::vector<uint32_t> last;
    std::vector<uint32_t> image;  // the last one that is no remove; kNoRow: none
};

// `rows.schema` must have a key. Throws Error(data) for a NULL in a key column.
KeyRows rows_by_key(const RowBatch& rows);

// The row put its key into the table; before it the key need not have been there.
bool brings_new_key(const RowBatch& rows, uint32_t row);

struct Compaction {
    std::vector<uint32_t> survivors;  // rows that stand at the end, ascending
    // One row per touched key, split by what the target should hold under it.
    std::vector<uint32_t> replaced_keys;  // inserted or updated here, or inserted and removed: may stand in the target
    std::vector<uint32_t> removed_keys;   // removed and not inserted before: must stand in the target
};

Compaction compact(const RowBatch& rows);

// What rows_by_key() and compact() throw for a NULL in a key column, alone.
void refuse_null_keys(const RowBatch& rows);

// Where the image before a row is: an earlier row, or the target under the key of `origin`, or nowhere.
struct Lineage {
    std::vector<uint32_t> previous;  // per row: the row with the image before it; kNoRow: none in this batch
    std::vector<uint32_t> origin;  // per row: the row whose key it has in the target at the batch's start; kNoRow: none
    std::vector<uint32_t> key_group;  // per row: rows with equal keys have equal numbers
};

// Only asked for when a cell is unchanged.
Lineage trace_lineage(const RowBatch& rows);

}  // namespace pintail::duck
