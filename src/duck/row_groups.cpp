#include "duck/row_groups.hpp"

#include <bit>
#include <cstring>

namespace pintail::duck {
namespace {

// Equality of bits is equality of values for these, and they fit into a bucket.
bool compares_as_number(const ColumnType& type) {
    switch (type.kind) {
        case TypeKind::float32:
        case TypeKind::float64:
        case TypeKind::structure: return false;
        default: return cell_width(type) <= 8;
    }
}

const Column* narrow_column(const RowBatch& rows, const std::vector<uint32_t>& columns) {
    if (columns.size() != 1 || !compares_as_number(rows.schema->columns[columns[0]].type)) return nullptr;
    const Column& column = rows.columns[columns[0]];
    return column.has_nulls() ? nullptr : &column;
}

}  // namespace

RowGroups::RowGroups(const RowBatch& rows, const std::vector<uint32_t>& columns, RowEquality equality)
    : narrow_(narrow_column(rows, columns)),
      bits_(rows, columns, equality),
      // At most half full for ever: rows() groups are the most there can be.
      buckets_(std::bit_ceil(rows.rows() * 2 + 1)),
      mask_(buckets_.size() - 1) {
    first_rows_.reserve(rows.rows());
}

uint64_t RowGroups::narrow_key(uint32_t row) const {
    uint64_t key = 0;
    std::memcpy(&key, narrow_->cells() + row * narrow_->width(), narrow_->width());
    return key;
}

uint32_t RowGroups::occupy(Bucket& bucket, uint64_t key, uint32_t row) {
    bucket = {key, count()};
    first_rows_.push_back(row);
    return bucket.group;
}

uint32_t RowGroups::narrow_group(uint32_t row) {
    const uint64_t key = narrow_key(row);
    for (uint64_t at = mix_bits(key) & mask_;; at = (at + 1) & mask_) {
        Bucket& bucket = buckets_[at];
        if (bucket.group == kFree) return occupy(bucket, key, row);
        if (bucket.key == key) return bucket.group;
    }
}

uint32_t RowGroups::wide_group(uint32_t row) {
    const uint64_t hash = bits_.hash(row);
    for (uint64_t at = hash & mask_;; at = (at + 1) & mask_) {
        Bucket& bucket = buckets_[at];
        if (bucket.group == kFree) return occupy(bucket, hash, row);
        if (bucket.key == hash && bits_.equal(first_rows_[bucket.group], row)) return bucket.group;
    }
}

}  // namespace pintail::duck
