// Decimal digits → 64-bit integers, eight digits at a time: log positions and times have sixteen or more.
#pragma once

#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace pintail::wire {

// Eight ASCII digits; false (and no value) when one of them is none. Assumes a little-endian CPU, as DuckDB does.
inline bool parse_eight_digits(const char* text, uint64_t& value) {
    static_assert(std::endian::native == std::endian::little);
    uint64_t chunk = 0;
    std::memcpy(&chunk, text, sizeof(chunk));
    // Each byte must be 0x30..0x39: the high halves are threes, and adding six does not carry into them.
    if (((chunk & 0xF0F0F0F0F0F0F0F0) | (((chunk + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4)) !=
        0x3333333333333333)
        return false;
    chunk -= 0x3030303030303030;
    chunk = chunk * 10 + (chunk >> 8);  // pairs
    value = (((chunk & 0x000000FF000000FF) * 0x000F424000000064) +
             (((chunk >> 16) & 0x000000FF000000FF) * 0x0000271000000001)) >>
            32;
    return true;
}

// Digits only, at most eighteen of them; false for anything else.
inline bool parse_few_digits(std::string_view text, uint64_t& value) {
    if (text.empty() || text.size() > 18) return false;
    const char* at = text.data();
    const char* const end = at + text.size();
    uint64_t sum = 0, chunk = 0;
    for (; end - at >= 8; at += 8) {
        if (!parse_eight_digits(at, chunk)) return false;
        sum = sum * 100'000'000 + chunk;
    }
    for (; at != end; ++at) {
        const auto digit = static_cast<unsigned>(static_cast<unsigned char>(*at) - '0');
        if (digit > 9) return false;
        sum = sum * 10 + digit;
    }
    value = sum;
    return true;
}

enum class WholeNumber { ok, no_number, out_of_range };

template <typename Number>
WholeNumber parse_whole_slowly(std::string_view text, Number& number) {
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::result_out_of_range) return WholeNumber::out_of_range;
    return error == std::errc() && stop == end ? WholeNumber::ok : WholeNumber::no_number;
}

// The whole text as a number of any integer type.
template <typename Number>
WholeNumber parse_whole(std::string_view text, Number& number) {
    const bool negative = text.starts_with('-');
    uint64_t magnitude = 0;
    if (!parse_few_digits(text.substr(negative), magnitude)) return parse_whole_slowly(text, number);
    const int64_t value = negative ? -static_cast<int64_t>(magnitude) : static_cast<int64_t>(magnitude);
    number = static_cast<Number>(value);
    const bool fits = static_cast<int64_t>(number) == value && (value >= 0 || static_cast<Number>(-1) < 0);
    return fits ? WholeNumber::ok : WholeNumber::out_of_range;
}

}  // namespace pintail::wire
