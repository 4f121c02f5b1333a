#include "wire/binary_text.hpp"

#include <array>
#include <cstdint>

namespace pintail::wire {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 0xFF;

constexpr std::array<uint8_t, 256> values_of_base64() {
    std::array<uint8_t, 256> values{};
    values.fill(kNone);
    for (uint8_t i = 0; i < 64; ++i) values[static_cast<uint8_t>(kAlphabet[i])] = i;
    values['-'] = 62;
    values['_'] = 63;
    return values;
}

constexpr auto kBase64Value = values_of_base64();

uint32_t sextet(char c) {
    return kBase64Value[static_cast<uint8_t>(c)];
}

std::string_view without_padding(std::string_view text) {
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return text;
}

}  // namespace

bool append_base64(std::string_view text, std::string& to) {
    if (text.size() % 4 != 0) return false;
    const std::string_view digits = without_padding(text);
    const size_t start = to.size();
    to.resize(start + digits.size() * 3 / 4);
    char* out = to.data() + start;
    uint32_t invalid = 0;
    size_t i = 0;
    for (; i + 4 <= digits.size(); i += 4) {
        const uint32_t a = sextet(digits[i]), b = sextet(digits[i + 1]), c = sextet(digits[i + 2]),
                       d = sextet(digits[i + 3]);
        invalid |= a | b | c | d;
        const uint32_t bits = a << 18 | b << 12 | c << 6 | d;
        *out++ = static_cast<char>(bits >> 16);
        *out++ = static_cast<char>(bits >> 8);
        *out++ = static_cast<char>(bits);
    }
    const size_t left = digits.size() - i;
    if (left >= 2) {
        const uint32_t a = sextet(digits[i]), b = sextet(digits[i + 1]), c = left == 3 ? sextet(digits[i + 2]) : 0;
        invalid |= a | b | c;
        const uint32_t bits = a << 18 | b << 12 | c << 6;
        *out++ = static_cast<char>(bits >> 16);
        if (left == 3) *out++ = static_cast<char>(bits >> 8);
    }
    return invalid < 64;
}

bool append_hex(std::string_view text, std::string& to) {
    if (text.size() % 2 != 0) return false;
    uint8_t invalid = 0;
    for (size_t i = 0; i < text.size(); i += 2) {
        const uint8_t high = hex_value(text[i]), low = hex_value(text[i + 1]);
        invalid |= high | low;
        to += static_cast<char>(high << 4 | low);
    }
    return invalid < 16;
}

std::string to_base64(std::string_view bytes) {
    std::string text;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](size_t at) { return at < bytes.size() ? static_cast<uint8_t>(bytes[at]) : 0u; };
        const uint32_t bits = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        text += kAlphabet[bits >> 18];
        text += kAlphabet[bits >> 12 & 63];
        text += i + 1 < bytes.size() ? kAlphabet[bits >> 6 & 63] : '=';
        text += i + 2 < bytes.size() ? kAlphabet[bits & 63] : '=';
    }
    return text;
}

std::string to_hex(std::string_view bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        text += kDigits[static_cast<uint8_t>(c) >> 4];
        text += kDigits[static_cast<uint8_t>(c) & 15];
    }
    return text;
}

}  // namespace pintail::wire
