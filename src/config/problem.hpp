// What is wrong with the settings, and where it is written.
#pragma once

#include <string>
#include <vector>

namespace pintail::config {

struct Problem {
    std::string place;  // ".env:4", "PINTAIL_TARGET", "--mode"
    std::string text;   // what is wrong and what to do; no secret
};

// Throws Error (config) that lists all of them, one per line; returns when there is none.
void throw_if_any(const std::vector<Problem>& problems);

// The candidate nearest to `word` by edits, when near enough to be a slip of the pen; else empty.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace pintail::config
