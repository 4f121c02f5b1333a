#include "wire/uuid_text.hpp"

#include <cstring>

#include "wire/binary_text.hpp"

namespace pintail::wire {
namespace {

constexpr size_t kTextLength = 36;
constexpr uint64_t kTopBit = uint64_t{1} << 63;  // flipped, so that signed order is the order of the text

uint64_t big_endian64(const unsigned char* bytes) {
    uint64_t value = 0;
    std::memcpy(&value, bytes, sizeof(value));
    return __builtin_bswap64(value);  // little-endian CPUs only, as DuckDB
}

// Where the two digits of each byte stand.
constexpr size_t kPlaces[16] = {0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

Int128 uuid_cell(const unsigned char* bytes) {
    return {big_endian64(bytes + 8), static_cast<int64_t>(big_endian64(bytes) ^ kTopBit)};
}

std::optional<Int128> parse_uuid(std::string_view text) {
    if (text.size() != kTextLength || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        return std::nullopt;
    unsigned char bytes[16];
    unsigned invalid = 0;
    for (size_t i = 0; i < 16; ++i) {
        const unsigned high = hex_value(text[kPlaces[i]]), low = hex_value(text[kPlaces[i] + 1]);
        invalid |= high | low;
        bytes[i] = static_cast<unsigned char>(high << 4 | low);
    }
    if (invalid > 15) return std::nullopt;
    return uuid_cell(bytes);
}

}  // namespace pintail::wire
