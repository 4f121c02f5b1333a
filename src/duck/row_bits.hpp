// Hashing and comparing cells by their bits, over some of a RowBatch's columns.
//
// Postgres compares keys by value and streams rows by bits; the two differ in few places, which `RowEquality` names.
#pragma once

#include <cstdint>
#include <vector>

#include "core/row_batch.hpp"

namespace pintail::duck {

enum class RowEquality {
    as_key,  // 0.0 and -0.0 are one key, as in a unique index of Postgres
    as_bits  // 0.0 and -0.0 differ, 1 month and 30 days differ; NULL equals NULL; all NaN are one
};

// Borrows the batch. The columns' types come from its schema.
class RowBits {
public:
    RowBits(const RowBatch& rows, std::vector<uint32_t> columns, RowEquality equality);

    uint64_t hash(size_t row) const;
    bool equal(size_t a, size_t b) const;

private:
    const RowBatch& rows_;
    std::vector<uint32_t> columns_;
    RowEquality equality_;
};

// Spreads 64 bits over 64 bits (the finalizer of MurmurHash3, public domain).
inline uint64_t mix_bits(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}

}  // namespace pintail::duck
