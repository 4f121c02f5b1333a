// The changes of one table under one schema version, column by column.
//
// This is the currency of pintail: decoders append to it, transforms rewrite it, the loader applies it. No object per
// row or per cell exists. Owned by one thread at a time; moved, never copied.
//
// Rows stand in the order in which the source committed them. What a row means:
//   insert, update, snapshot   all columns hold the new row (unchanged-TOAST cells are marked in their column)
//   remove, table with a key   the key columns hold the removed row's key; the other cells are NULL and mean nothing
//   remove, table without key  all columns hold the removed row: exactly one equal row goes
// Tables without a key have no `update`: it arrives as remove + insert.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "core/arena.hpp"
#include "core/column.hpp"
#include "core/table_schema.hpp"

namespace pintail {

enum class Op : uint8_t { insert, update, remove, snapshot };

// Where and when a row was committed at the source.
struct RowOrigin {
    uint64_t lsn = 0;            // of the change; 0 where the source has none (incremental snapshots)
    int64_t commit_time_us = 0;  // microseconds since 1970, the source's clock
};

// The key of `row` was changed by the source: in the target it still stands under the key that `removed_row`
// (an earlier Op::remove of the same batch) carries, and its unchanged cells are to be read there.
struct KeyChange {
    uint32_t row = 0;
    uint32_t removed_row = 0;
};

// A value that its column's type cannot hold (NaN in a DECIMAL): the cell is NULL, and here stands what the source
// prints for it. The target keeps it in a column of its own (docs/types.md); the loader makes it when the first one
// comes.
struct ExactCell {
    uint32_t row = 0;
    uint32_t column = 0;
    std::string_view text;  // in the batch's arena
};

struct RowBatch {
    explicit RowBatch(std::shared_ptr<const TableSchema> of_schema);
    RowBatch(RowBatch&&) noexcept = default;
    RowBatch& operator=(RowBatch&&) noexcept = default;

    size_t rows() const { return ops.size(); }
    size_t memory_bytes() const;

    // Forgets everything from row `rows` on: how a decoder takes back a row that it could not finish.
    void truncate(size_t rows);

    std::shared_ptr<const TableSchema> schema;
    std::vector<Op> ops;
    std::vector<RowOrigin> origins;      // one per row
    std::vector<Column> columns;         // one per schema->columns, rows() cells each
    std::vector<KeyChange> key_changes;  // ascending by row
    std::vector<ExactCell> exact_cells;  // ascending by row; never of a key column
    Arena arena;
    bool hidden = false;  // for the table's hidden copy (SnapshotStart::hidden), not for what is shown
};

}  // namespace pintail
