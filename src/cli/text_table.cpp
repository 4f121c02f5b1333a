#include "cli/text_table.hpp"

#include <algorithm>

#include "cli/text_width.hpp"

namespace pintail::cli {

TextTable::TextTable(std::vector<Heading> headings) : headings_(std::move(headings)) {
    std::vector<std::string> names;
    for (const Heading& heading : headings_) names.push_back(heading.name);
    rows_.push_back(std::move(names));
}

void TextTable::add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = printable(cell);
    rows_.push_back(std::move(cells));
}

std::string TextTable::text() const {
    std::vector<size_t> widths(headings_.size());
    for (const auto& row : rows_)
        for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], display_width(row[i]));
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (size_t i = 0; i < row.size(); ++i) {
            if (i > 0) line += "  ";
            line += padded(row[i], widths[i], headings_[i].align == Align::right);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

}  // namespace pintail::cli
