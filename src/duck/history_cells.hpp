// The cells that mode history adds to rows of a batch.
#pragma once

#include <cstdint>
#include <vector>

#include "core/arena.hpp"
#include "duck/row_writer.hpp"
#include "duck/version_chain.hpp"

namespace pintail::duck {

// What `_op` says.
inline constexpr const char* kTruncateOp = "truncate";
inline constexpr const char* kDeleteOp = "delete";
inline constexpr const char* kSnapshotOp = "snapshot";

class HistoryCells {
public:
    // For `selected` rows of the batch, of whose rows the first has the number `first_sequence`.
    HistoryCells(const Relation& relation, const RowBatch& rows, const VersionChain& chain, int64_t first_sequence,
                 const RowSelection& selected);

    ModeCells cells() const;

private:
    void push(const RowBatch& rows, const VersionChain& chain, int64_t first_sequence, uint32_t row);

    const Relation& relation_;
    Arena arena_;
    Column op_;
    Column commit_time_;
    Column lsn_;
    Column sequence_;
    Column valid_from_;
    Column valid_to_;
};

}  // namespace pintail::duck
