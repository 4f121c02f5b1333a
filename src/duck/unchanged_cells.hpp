// Survivors with unchanged-TOAST cells, sorted by where those cells are. Row numbers only; no database.
//
// A cell is found in an earlier image of the same row in the batch, or it stays where it is: in the target, under the
// row's origin key.
#pragma once

#include <cstdint>
#include <vector>

#include "duck/compaction.hpp"

namespace pintail::duck {

// Survivors whose missing cells are the same columns, and which all keep their key or all change it.
struct PartialGroup {
    std::vector<bool> in_target;  // per batch column: the cell stays as it is in the target
    bool key_changed = false;
};

struct PartialRow {
    uint32_t row = 0;
    uint32_t origin =
        0;  // the row that carries its key in the target; kNoRow: it has none, the source contradicts itself
    uint32_t group = 0;
};

struct MergedRows {
    std::vector<uint32_t> complete;  // all their cells are in the batch
    std::vector<PartialRow> partial;
    std::vector<PartialGroup> groups;
    // Per batch column: the row that holds the cell of `complete[i]` (of `partial[i]`: any row where it is in the
    // target). Empty: every row holds its own.
    std::vector<std::vector<uint32_t>> complete_cells;
    std::vector<std::vector<uint32_t>> partial_cells;
    Lineage lineage;
};

bool has_unchanged(const RowBatch& rows);

// `wanted`: the rows that are to stand in the target.
MergedRows merge_unchanged(const RowBatch& rows, const std::vector<uint32_t>& wanted);

// Takes the keys under which partial rows stand in the target out of `compaction`'s keys to delete.
void keep_origins(const RowBatch& rows, const MergedRows& merged, Compaction& compaction);

}  // namespace pintail::duck
