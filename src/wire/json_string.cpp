#include "wire/json_string.hpp"

#include <cstdint>
#include <optional>

#include <fmt/format.h>

#include "core/error.hpp"

namespace pintail::wire {
namespace {

Error broken_escape() {
    return Error(ErrorKind::data, "malformed JSON: a string has a broken escape");
}

uint32_t hex4(std::string_view raw, size_t at) {
    if (at + 4 > raw.size()) throw broken_escape();
    uint32_t value = 0;
    for (const char c : raw.substr(at, 4)) {
        value <<= 4;
        if (c >= '0' && c <= '9') value |= static_cast<uint32_t>(c - '0');
        else if (c >= 'a' && c <= 'f') value |= static_cast<uint32_t>(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F') value |= static_cast<uint32_t>(c - 'A' + 10);
        else throw broken_escape();
    }
    return value;
}

void append_utf8(uint32_t point, std::string& to) {
    const auto tail = [&](int shift) { to += static_cast<char>(0x80 | ((point >> shift) & 0x3F)); };
    if (point < 0x80) {
        to += static_cast<char>(point);
    } else if (point < 0x800) {
        to += static_cast<char>(0xC0 | (point >> 6));
        tail(0);
    } else if (point < 0x10000) {
        to += static_cast<char>(0xE0 | (point >> 12));
        tail(6);
        tail(0);
    } else {
        to += static_cast<char>(0xF0 | (point >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

// `at` stands on the first hex digit of \uXXXX; gives the place behind the escape (or behind the pair of them).
size_t append_code_point(std::string_view raw, size_t at, std::string& to) {
    const uint32_t unit = hex4(raw, at);
    at += 4;
    if (unit < 0xD800 || unit > 0xDFFF) {
        append_utf8(unit, to);
        return at;
    }
    const bool has_pair = unit < 0xDC00 && raw.substr(at, 2) == "\\u";
    const uint32_t low = has_pair ? hex4(raw, at + 2) : 0;
    if (low < 0xDC00 || low > 0xDFFF) throw Error(ErrorKind::data, "a string has a lone surrogate: no UTF-8 for it");
    append_utf8(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), to);
    return at + 6;
}

// The character that a one-letter escape stands for; 0: none.
char short_escape(char letter) {
    switch (letter) {
        case '"': return '"';
        case '\\': return '\\';
        case '/': return '/';
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return 0;
    }
}

size_t digits_end(std::string_view text, size_t at) {
    while (at < text.size() && text[at] >= '0' && text[at] <= '9') ++at;
    return at;
}

}  // namespace

void append_unescaped(std::string_view raw, std::string& to) {
    to.reserve(to.size() + raw.size());
    size_t at = 0;
    while (at < raw.size()) {
        size_t escape = raw.find('\\', at);
        if (escape == std::string_view::npos) escape = raw.size();
        to.append(raw, at, escape - at);
        if (escape == raw.size()) return;
        if (escape + 1 == raw.size()) throw broken_escape();
        const char letter = raw[escape + 1];
        if (letter == 'u') {
            at = append_code_point(raw, escape + 2, to);
            continue;
        }
        const char character = short_escape(letter);
        if (character == 0) throw broken_escape();
        to += character;
        at = escape + 2;
    }
}

std::string json_quoted(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        switch (c) {
            case '"': quoted += "\\\""; break;
            case '\\': quoted += "\\\\"; break;
            case '\b': quoted += "\\b"; break;
            case '\f': quoted += "\\f"; break;
            case '\n': quoted += "\\n"; break;
            case '\r': quoted += "\\r"; break;
            case '\t': quoted += "\\t"; break;
            default:
                if (static_cast<unsigned char>(c) < 0x20) quoted += fmt::format("\\u{:04X}", c);
                else quoted += c;
        }
    }
    return quoted + "\"";
}

bool is_json_number(std::string_view text) {
    size_t at = text.starts_with('-') ? 1 : 0;
    const size_t whole = digits_end(text, at);
    if (whole == at || (text[at] == '0' && whole > at + 1)) return false;
    at = whole;
    if (at < text.size() && text[at] == '.') {
        const size_t fraction = digits_end(text, at + 1);
        if (fraction == at + 1) return false;
        at = fraction;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const size_t exponent = digits_end(text, at);
        if (exponent == at) return false;
        at = exponent;
    }
    return at == text.size();
}

bool is_json_scalar(std::string_view text) {
    return text == "true" || text == "false" || text == "null" || is_json_number(text);
}

}  // namespace pintail::wire
