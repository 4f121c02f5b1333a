// A flat hash table that gives equal rows of a batch one group number, in order of first appearance.
//
// Two flavours behind one call: a single integer key is compared as a number, everything else by RowBits.
// Nothing is copied: a group is known by one of its rows.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/row_batch.hpp"
#include "duck/row_bits.hpp"

namespace pintail::duck {

class RowGroups {
public:
    // Borrows `rows`. `columns`: those that must be equal.
    RowGroups(const RowBatch& rows, const std::vector<uint32_t>& columns, RowEquality equality);

    // The group of `row`; a new one, numbered count(), when no equal row was seen.
    uint32_t group_of(uint32_t row) { return narrow_ != nullptr ? narrow_group(row) : wide_group(row); }
    uint32_t count() const { return static_cast<uint32_t>(first_rows_.size()); }
    uint32_t first_row(uint32_t group) const { return first_rows_[group]; }

private:
    static constexpr uint32_t kFree = std::numeric_limits<uint32_t>::max();
    struct Bucket {
        uint64_t key = 0;  // the key itself, or the row's hash
        uint32_t group = kFree;
    };

    uint64_t narrow_key(uint32_t row) const;
    uint32_t narrow_group(uint32_t row);
    uint32_t wide_group(uint32_t row);
    uint32_t occupy(Bucket& bucket, uint64_t key, uint32_t row);

    const Column* narrow_ = nullptr;  // the one column of up to 8 bytes, if that is all there is
    RowBits bits_;
    std::vector<Bucket> buckets_;
    uint64_t mask_;
    std::vector<uint32_t> first_rows_;
};

}  // namespace pintail::duck
