// Bit strings in DuckDB's form: one byte that counts the pad bits, then the bits from the first to the last, the pad
// bits (ones) in front.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pintail::wire {

// Bits up to the highest one that is set, in little-endian bytes.
size_t significant_bits(std::string_view little_endian);

// The cell of the lowest `length` (at least 1) bits of an integer in little-endian bytes.
std::string bit_cell(std::string_view little_endian, size_t length);

}  // namespace pintail::wire
