// From when to when each row of a batch is valid. Row numbers and times only; no database.
//
// Intervals are half-open. A version begins when the one that it ends does, and never before that one began, whatever
// the source's clock does. Two of one commit share their time, so the earlier one's interval is empty.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/compaction.hpp"

namespace pintail::duck {

inline constexpr int64_t kStillValid = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

// What a row's version follows.
struct Predecessors {
    std::vector<uint32_t> in_batch;    // per row: an earlier row of the batch; kNoRow: none
    std::vector<int64_t> from_before;  // per row: when the version that it ends in the target began; kNoTime: none
};

struct VersionChain {
    std::vector<int64_t> valid_from;  // per row, microseconds since 1970
    std::vector<int64_t> valid_to;    // kStillValid: when the batch ends. A remove is no state: it ends when it begins.
};

VersionChain chain_versions(const RowBatch& rows, const Predecessors& predecessors);

// Per row the one before it with the same key.
std::vector<uint32_t> previous_by_key(const RowBatch& rows);

}  // namespace pintail::duck
