#include "config/problem.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/edit_distance.hpp"
#include "core/error.hpp"

namespace pintail::config {
void throw_if_any(const std::vector<Problem>& problems) {
    if (problems.empty()) return;
    std::string text = problems.size() == 1 ? "" : fmt::format("{} problems in the settings:", problems.size());
    for (const auto& problem : problems)
        text += fmt::format("{}{}: {}", problems.size() == 1 ? "" : "\n  ", problem.place, problem.text);
    throw Error(ErrorKind::config, text);
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
    const size_t limit = std::max<size_t>(2, word.size() / 4);
    std::string best;
    size_t best_distance = limit + 1;
    for (const auto& candidate : candidates) {
        const size_t distance = edit_distance(word, candidate);
        if (distance >= best_distance) continue;
        best = candidate;
        best_distance = distance;
    }
    return best;
}

}  // namespace pintail::config
