// How many letters must change to make one word of another: what "did you mean …?" goes by.
#pragma once

#include <cstddef>
#include <string_view>

namespace pintail {

// Levenshtein distance in bytes: insertions, deletions and replacements count 1 each.
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace pintail
