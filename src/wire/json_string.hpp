// The characters of JSON's strings and scalars, without any notion of where they stand.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace pintail::wire {

inline bool has_escapes(std::string_view raw) {
    return std::memchr(raw.data(), '\\', raw.size()) != nullptr;
}

// Appends the characters of a raw JSON string (what stands between the quotes).
// Error (data) for a broken escape or a lone surrogate, which UTF-8 cannot hold.
void append_unescaped(std::string_view raw, std::string& to);

// `text` as a JSON string with its quotes, escaped as Jackson (Kafka's JsonConverter) does.
std::string json_quoted(std::string_view text);

// A number, true, false or null by JSON's grammar.
bool is_json_scalar(std::string_view text);
bool is_json_number(std::string_view text);

}  // namespace pintail::wire
