// Which topics a sink reads: a comma-separated list of names and globs ("dbserver1.public.*,other.sales.orders").
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pintail::source {

class TopicPattern {
public:
    // Throws Error(usage) for an empty list or element.
    explicit TopicPattern(std::string_view list);

    bool matches(std::string_view topic) const;
    // The elements without wildcard: topics that the user named and that ought to exist.
    std::vector<std::string> literal_names() const;
    const std::string& text() const { return text_; }

private:
    std::string text_;
    std::vector<std::string> globs_;
};

// '*' stands for any characters, '?' for one; everything else for itself.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace pintail::source
