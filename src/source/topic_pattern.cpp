#include "source/topic_pattern.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace pintail::source {

bool glob_matches(std::string_view glob, std::string_view text) {
    // Greedy with one backtracking point: linear for one '*', never exponential.
    size_t g = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t]) && glob[g] != '*') {
            ++g, ++t;
        } else if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = t;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

TopicPattern::TopicPattern(std::string_view list) : text_(list) {
    for (size_t begin = 0; begin <= list.size();) {
        const size_t end = std::min(list.find(',', begin), list.size());
        const std::string_view element = list.substr(begin, end - begin);
        if (element.empty()) {
            throw Error(ErrorKind::usage,
                        fmt::format("--topics '{}': an empty name; expected NAME or GLOB, separated by commas", list));
        }
        globs_.emplace_back(element);
        begin = end + 1;
    }
}

bool TopicPattern::matches(std::string_view topic) const {
    for (const std::string& glob : globs_) {
        if (glob_matches(glob, topic)) return true;
    }
    return false;
}

std::vector<std::string> TopicPattern::literal_names() const {
    std::vector<std::string> names;
    for (const std::string& glob : globs_) {
        if (glob.find_first_of("*?") == std::string::npos) names.push_back(glob);
    }
    return names;
}

}  // namespace pintail::source
