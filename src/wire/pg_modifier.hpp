// What a column's atttypmod says (pg_attribute): the numbers in numeric(12,2), timestamp(3), bit(5).
#pragma once

#include <cstdint>

namespace pintail::wire {

inline constexpr int32_t kNoModifier = -1;

struct NumericModifier {
    int precision = 0;
    int scale = 0;  // -1000..1000
};

// numeric.c: the precision in the upper half, the scale in eleven signed bits, all of it behind a 4 byte header.
inline NumericModifier numeric_modifier(int32_t modifier) {
    const int32_t packed = modifier - 4;
    return {(packed >> 16) & 0xFFFF, ((packed & 0x7FF) ^ 1024) - 1024};
}

// Digits of a second's fraction of time and timestamp; 6 where none is declared.
inline int fraction_digits(int32_t modifier) {
    return modifier == kNoModifier ? 6 : modifier;
}

}  // namespace pintail::wire
