#include "core/arena.hpp"

#include <algorithm>

namespace pintail {
namespace {

// Small first blocks keep one-row batches cheap; doubling up to 1 MiB keeps the number of blocks small.
constexpr size_t kFirstBlockBytes = 4096;
constexpr size_t kLargestBlockBytes = 1 << 20;

}  // namespace

void Arena::grow(size_t at_least_bytes) {
    const size_t wanted = std::clamp(capacity_bytes_, kFirstBlockBytes, kLargestBlockBytes);
    const size_t size = std::max(wanted, at_least_bytes);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    left_ = size;
    capacity_bytes_ += size;
}

}  // namespace pintail
