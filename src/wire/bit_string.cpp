#include "wire/bit_string.hpp"

#include <bit>
#include <cstdint>

namespace pintail::wire {

size_t significant_bits(std::string_view little_endian) {
    size_t bytes = little_endian.size();
    while (bytes > 0 && little_endian[bytes - 1] == 0) --bytes;
    if (bytes == 0) return 0;
    return bytes * 8 - static_cast<size_t>(std::countl_zero(static_cast<uint8_t>(little_endian[bytes - 1])));
}

std::string bit_cell(std::string_view little_endian, size_t length) {
    const size_t bytes = (length + 7) / 8;
    const size_t padding = bytes * 8 - length;
    std::string cell(1 + bytes, '\0');
    cell[0] = static_cast<char>(padding);
    for (size_t i = 0; i < bytes && i < little_endian.size(); ++i) cell[bytes - i] = little_endian[i];
    const auto pad_mask = static_cast<uint8_t>(0xFF00u >> padding);
    cell[1] = static_cast<char>(static_cast<uint8_t>(cell[1]) | pad_mask);
    return cell;
}

}  // namespace pintail::wire
