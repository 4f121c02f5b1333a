// Comparing short texts without a call: field names are compared some thirty times a message.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace pintail::wire {

template <typename Word>
bool same_word(const char* a, const char* b) {
    Word x, y;
    std::memcpy(&x, a, sizeof(Word));
    std::memcpy(&y, b, sizeof(Word));
    return x == y;
}

// Words from the front, then the last word of both, which may overlap the ones before.
inline bool same_bytes(const char* a, const char* b, size_t size) {
    if (size >= 8) {
        for (size_t i = 0; i + 8 < size; i += 8) {
            if (!same_word<uint64_t>(a + i, b + i)) return false;
        }
        return same_word<uint64_t>(a + size - 8, b + size - 8);
    }
    if (size >= 4) return same_word<uint32_t>(a, b) && same_word<uint32_t>(a + size - 4, b + size - 4);
    if (size >= 2) return same_word<uint16_t>(a, b) && same_word<uint16_t>(a + size - 2, b + size - 2);
    return size == 0 || *a == *b;
}

inline bool same_text(std::string_view a, std::string_view b) {
    return a.size() == b.size() && same_bytes(a.data(), b.data(), a.size());
}

// Against a literal: its size is known, so that this becomes a few comparisons of words.
template <size_t Size>
bool is(std::string_view text, const char (&literal)[Size]) {
    return text.size() == Size - 1 && std::memcmp(text.data(), literal, Size - 1) == 0;
}

}  // namespace pintail::wire
