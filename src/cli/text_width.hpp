// Text as a terminal shows it.
#pragma once

#include <string>
#include <string_view>

namespace pintail::cli {

// Columns that a terminal needs for UTF-8 `text`: wide characters count two, combining ones none.
size_t display_width(std::string_view text);

// The text on one line and harmless to a terminal: control characters become \n, \t, \x1b and the like.
std::string printable(std::string_view text);

// `text` with blanks up to `width`.
std::string padded(std::string_view text, size_t width, bool right_aligned);

// 1234567 → "1,234,567".
std::string grouped(long long number);

// "4 s", "3 m 12 s", "2 h 5 m", "3 d 4 h".
std::string duration_text(long long seconds);

}  // namespace pintail::cli
