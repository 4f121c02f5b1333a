#include "wire/decimal_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <vector>

namespace pintail::wire {
namespace {

constexpr std::array<WideInt, kWidestDecimal + 1> powers() {
    std::array<WideInt, kWidestDecimal + 1> table{};
    table[0] = 1;
    for (size_t i = 1; i < table.size(); ++i) table[i] = table[i - 1] * 10;
    return table;
}

constexpr auto kPowers = powers();
constexpr size_t kWidestInteger = 39;  // digits of 2^127

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// "E+12" at the end of a number; nullopt when it is none.
std::optional<int> parse_exponent(std::string_view text) {
    if (text.empty()) return 0;
    if (text[0] != 'e' && text[0] != 'E') return std::nullopt;
    text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    int exponent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (error != std::errc() || end != text.data() + text.size() || std::abs(exponent) > 100'000) return std::nullopt;
    return exponent;
}

// The digits of a number without its point, and how many of them stood behind it.
struct Digits {
    WideInt value = 0;
    int count = 0;  // significant ones
    int behind_point = 0;
    size_t length = 0;  // characters read
};

std::optional<Digits> read_digits(std::string_view text) {
    Digits digits;
    bool any = false, point = false;
    for (; digits.length < text.size(); ++digits.length) {
        const char c = text[digits.length];
        if (c == '.' && !point) {
            point = true;
            continue;
        }
        if (!is_digit(c)) break;
        any = true;
        if (digits.count == kWidestDecimal) return std::nullopt;
        digits.value = digits.value * 10 + (c - '0');
        digits.count += digits.value != 0;
        digits.behind_point += point;
    }
    if (!any) return std::nullopt;
    return digits;
}

// Little-endian limbs of the magnitude, 32 bits each.
std::vector<uint32_t> magnitude(std::string_view big_endian, bool negative) {
    std::vector<uint32_t> limbs((big_endian.size() + 3) / 4);
    for (size_t i = 0; i < big_endian.size(); ++i) {
        const size_t place = big_endian.size() - 1 - i;
        const uint8_t byte = static_cast<uint8_t>(big_endian[i]);
        limbs[place / 4] |= static_cast<uint32_t>(negative ? static_cast<uint8_t>(~byte) : byte) << (place % 4 * 8);
    }
    for (size_t i = 0; negative && i < limbs.size() && ++limbs[i] == 0; ++i) {
    }  // ~x + 1, while it carries
    return limbs;
}

// Divides in place by 10^9 and gives the remainder.
uint32_t divide_by_billion(std::vector<uint32_t>& limbs) {
    uint64_t rest = 0;
    for (size_t i = limbs.size(); i-- > 0;) {
        const uint64_t part = rest << 32 | limbs[i];
        limbs[i] = static_cast<uint32_t>(part / 1'000'000'000);
        rest = part % 1'000'000'000;
    }
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    return static_cast<uint32_t>(rest);
}

// Decimal digits, most significant first; "0" for zero.
std::string digits_of(std::vector<uint32_t> limbs) {
    while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
    std::string reversed;
    while (!limbs.empty()) {
        uint32_t nine = divide_by_billion(limbs);
        for (int i = 0; i < 9; ++i, nine /= 10) reversed += static_cast<char>('0' + nine % 10);
    }
    while (!reversed.empty() && reversed.back() == '0') reversed.pop_back();
    if (reversed.empty()) reversed.push_back('0');
    std::reverse(reversed.begin(), reversed.end());
    return reversed;
}

// The digits of an integer, divided by 10^scale.
void append_with_point(std::string_view digits, bool negative, int scale, std::string& to) {
    if (negative) to += '-';
    if (scale <= 0) {
        to += digits;
        if (digits != "0") to.append(static_cast<size_t>(-scale), '0');
        return;
    }
    const auto places = static_cast<size_t>(scale);
    const size_t whole = digits.size() > places ? digits.size() - places : 0;
    to += whole == 0 ? std::string_view("0") : digits.substr(0, whole);
    to += '.';
    to.append(whole == 0 ? places - digits.size() : 0, '0');
    to += digits.substr(whole);
}

}  // namespace

WideInt power_of_ten(int exponent) {
    return kPowers[static_cast<size_t>(exponent)];
}

std::optional<WideInt> parse_decimal(std::string_view text, int scale) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    const auto digits = read_digits(text);
    if (!digits) return std::nullopt;
    const auto exponent = parse_exponent(text.substr(digits->length));
    if (!exponent) return std::nullopt;
    int shift = scale - digits->behind_point + *exponent;
    WideInt value = digits->value;
    if (value == 0) return 0;
    for (; shift < 0; ++shift) {
        if (value % 10 != 0) return std::nullopt;
        value /= 10;
    }
    if (shift > kWidestDecimal || digits->count + shift > kWidestDecimal) return std::nullopt;
    value *= power_of_ten(shift);
    return negative ? -value : value;
}

std::optional<WideInt> from_big_endian(std::string_view bytes) {
    if (bytes.empty() || bytes.size() > sizeof(WideInt)) return std::nullopt;
    WideInt value = static_cast<int8_t>(bytes[0]);
    for (const char c : bytes.substr(1)) value = value * 256 + static_cast<uint8_t>(c);
    return value;
}

void append_decimal_text(WideInt unscaled, int scale, std::string& to) {
    char digits[kWidestInteger];
    char* const end = std::end(digits);
    char* at = end;
    __extension__ auto rest = static_cast<unsigned __int128>(unscaled < 0 ? -(unscaled + 1) : unscaled);
    if (unscaled < 0) ++rest;  // the smallest value has no positive one
    for (; rest != 0 || at == end; rest /= 10) *--at = static_cast<char>('0' + static_cast<int>(rest % 10));
    append_with_point({at, static_cast<size_t>(end - at)}, unscaled < 0, scale, to);
}

std::string decimal_text(std::string_view big_endian, int scale) {
    const bool negative = !big_endian.empty() && static_cast<int8_t>(big_endian[0]) < 0;
    std::string text;
    append_with_point(digits_of(magnitude(big_endian, negative)), negative, scale, text);
    return text;
}

void remove_trailing_zeros(std::string& text) {
    if (text.find('.') == std::string::npos) return;
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
}

bool push_decimal(WideInt unscaled, uint8_t precision, Column& column) {
    const WideInt limit = power_of_ten(precision);
    if (unscaled >= limit || unscaled <= -limit) return false;
    if (precision <= 4) column.push(static_cast<int16_t>(unscaled));
    else if (precision <= 9) column.push(static_cast<int32_t>(unscaled));
    else if (precision <= 18) column.push(static_cast<int64_t>(unscaled));
    else column.push(Int128{static_cast<uint64_t>(unscaled), static_cast<int64_t>(unscaled >> 64)});
    return true;
}

}  // namespace pintail::wire
