#include "wire/md5.hpp"

#include <bit>
#include <cmath>
#include <string>

namespace pintail::wire {
namespace {

constexpr size_t kBlockBytes = 64;

// RFC 1321, 3.4: the integer part of 2^32 · |sin(i + 1)|.
std::array<uint32_t, 64> sine_table() {
    std::array<uint32_t, 64> table{};
    for (size_t i = 0; i < table.size(); ++i) {
        table[i] = static_cast<uint32_t>(std::floor(4294967296.0 * std::fabs(std::sin(static_cast<double>(i + 1)))));
    }
    return table;
}

uint32_t little_endian32(const char* bytes) {
    uint32_t word = 0;
    for (int i = 3; i >= 0; --i) word = word << 8 | static_cast<uint8_t>(bytes[i]);
    return word;
}

// The message, a one bit, zeros, its length in bits.
std::string padded(std::string_view bytes) {
    std::string message(bytes);
    message += '\x80';
    while (message.size() % kBlockBytes != kBlockBytes - sizeof(uint64_t)) message += '\0';
    const uint64_t bits = bytes.size() * 8;
    for (int i = 0; i < 8; ++i) message += static_cast<char>(bits >> (8 * i));
    return message;
}

void add_block(const char* block, std::array<uint32_t, 4>& state) {
    static const auto kSines = sine_table();
    static constexpr int kShifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    auto [a, b, c, d] = state;
    for (uint32_t i = 0; i < 64; ++i) {
        uint32_t mixed = 0, word = 0;
        switch (i / 16) {
            case 0:
                mixed = (b & c) | (~b & d);
                word = i;
                break;
            case 1:
                mixed = (d & b) | (~d & c);
                word = (5 * i + 1) % 16;
                break;
            case 2:
                mixed = b ^ c ^ d;
                word = (3 * i + 5) % 16;
                break;
            default:
                mixed = c ^ (b | ~d);
                word = 7 * i % 16;
                break;
        }
        const uint32_t sum = a + mixed + kSines[i] + little_endian32(block + word * 4);
        a = d;
        d = c;
        c = b;
        b += std::rotl(sum, kShifts[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

}  // namespace

std::array<uint8_t, 16> md5(std::string_view bytes) {
    const std::string message = padded(bytes);
    std::array<uint32_t, 4> state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    for (size_t at = 0; at < message.size(); at += kBlockBytes) add_block(message.data() + at, state);
    std::array<uint8_t, 16> digest{};
    for (size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (8 * (i % 4)));
    return digest;
}

}  // namespace pintail::wire
