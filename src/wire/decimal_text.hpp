// Exact decimal numbers between their texts, Java's big-endian integers and DuckDB's unscaled values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/column.hpp"

namespace pintail::wire {

__extension__ typedef __int128 WideInt;  // GNU's name for it is not ISO C++

inline constexpr int kWidestDecimal = 38;  // digits of DuckDB's DECIMAL

WideInt power_of_ten(int exponent);  // 0..38

// The unscaled value of "-12.50" or "1.25E+1" at `scale` digits after the point. nullopt: no number, or digits that
// the scale would cut off, or more than 38 digits.
std::optional<WideInt> parse_decimal(std::string_view text, int scale);

// Big-endian two's complement of at most 16 bytes.
std::optional<WideInt> from_big_endian(std::string_view bytes);

// Appends the value divided by 10^scale: "-0.0012". A negative scale appends zeros.
void append_decimal_text(WideInt unscaled, int scale, std::string& to);

// The same for a big-endian two's complement integer of any length.
std::string decimal_text(std::string_view big_endian, int scale);

// Those of a fraction: "12300.00" → "12300".
void remove_trailing_zeros(std::string& text);

// False when the value has more digits than the precision: nothing is pushed then.
bool push_decimal(WideInt unscaled, uint8_t precision, Column& column);

}  // namespace pintail::wire
