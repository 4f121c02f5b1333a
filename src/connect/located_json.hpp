// JSON text that people write: parsed so that every complaint can name its line and column.
//
// Only for this folder and its tests (it shows nlohmann's type). Keys keep their order; a key that stands twice in one
// object is an error, since one of the two would be dropped silently.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.hpp"

namespace pintail::connect {

struct LocatedJson {
    std::string file;
    nlohmann::ordered_json value;
    std::map<std::string, std::string> places;  // JSON pointer ("/schemas/0/name") → "file:line:column"

    // Of the value that `pointer` leads to; the file alone when there is none.
    std::string place(const std::string& pointer) const;
};

// Appends a key or an index to a JSON pointer, escaped (https://www.rfc-editor.org/rfc/rfc6901).
std::string child(const std::string& pointer, std::string_view key);
std::string child(const std::string& pointer, size_t index);

// Syntax errors and duplicate keys go to `problems`; then the value is null.
LocatedJson parse_located(std::string_view text, const std::string& file, std::vector<config::Problem>& problems);

}  // namespace pintail::connect
