// Bytes that travel as text: base64 (both alphabets) and hex.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace pintail::wire {

inline constexpr auto kHexValues = [] {
    std::array<unsigned char, 256> values{};
    values.fill(255);
    for (unsigned char i = 0; i < 10; ++i) values['0' + i] = i;
    for (unsigned char i = 0; i < 6; ++i) values['a' + i] = values['A' + i] = static_cast<unsigned char>(10 + i);
    return values;
}();

// Appends the decoded bytes; false for anything that is not base64. '-' and '_' stand for '+' and '/'. The '='s at the
// end may not be missing: Java writes them, and without them three letters of four are base64 ("NaN").
bool append_base64(std::string_view text, std::string& to);

// 0..15; 255 for what is no hex digit.
inline unsigned char hex_value(char digit) {
    return kHexValues[static_cast<unsigned char>(digit)];
}

// Appends the decoded bytes; false for an odd number of digits or anything that is no digit.
bool append_hex(std::string_view text, std::string& to);

std::string to_base64(std::string_view bytes);
std::string to_hex(std::string_view bytes);

}  // namespace pintail::wire
