// Short lists for people: aligned columns under capital headings, no lines. For query results see render.hpp.
#pragma once

#include <string>
#include <vector>

namespace pintail::cli {

enum class Align { left, right };

class TextTable {
public:
    struct Heading {
        std::string name;
        Align align = Align::left;
    };

    explicit TextTable(std::vector<Heading> headings);

    // As many cells as headings; control characters are made visible.
    void add(std::vector<std::string> cells);
    std::string text() const;

private:
    std::vector<Heading> headings_;
    std::vector<std::vector<std::string>> rows_;  // the headings first
};

}  // namespace pintail::cli
