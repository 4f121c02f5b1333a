#include "config/dotenv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

namespace pintail::config {
namespace {

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

bool is_key(std::string_view text) {
    const auto word = [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '.' || c == '-'; };
    return !text.empty() && !std::isdigit(static_cast<unsigned char>(text[0])) &&
           std::all_of(text.begin(), text.end(), word);
}

char unescaped(char c) {
    switch (c) {
        case 'n': return '\n';
        case 't': return '\t';
        case 'r': return '\r';
        default: return c;
    }
}

struct Scan {
    std::string value;
    std::string complaint;  // empty: fine
};

Scan scan_quoted(std::string_view text) {
    const char quote = text[0];
    Scan scan;
    for (size_t i = 1; i < text.size(); ++i) {
        if (quote == '"' && text[i] == '\\' && i + 1 < text.size()) {
            scan.value += unescaped(text[++i]);
        } else if (text[i] == quote) {
            const auto rest = trim(text.substr(i + 1));
            if (!rest.empty() && rest[0] != '#') scan.complaint = "there is text after the closing quote";
            return scan;
        } else {
            scan.value += text[i];
        }
    }
    scan.complaint = fmt::format("the closing {} is missing", quote);
    return scan;
}

// A # begins a comment only after white space, so that colours and passwords may hold one.
Scan scan_plain(std::string_view text) {
    for (size_t i = 0; i < text.size(); ++i)
        if (text[i] == '#' && (i == 0 || text[i - 1] == ' ' || text[i - 1] == '\t'))
            return {std::string(trim(text.substr(0, i))), ""};
    return {std::string(text), ""};
}

Scan scan_value(std::string_view text) {
    if (!text.empty() && (text[0] == '"' || text[0] == '\'')) return scan_quoted(text);
    return scan_plain(text);
}

std::string parse_line(std::string_view line, DotenvEntry& entry) {
    if (line.starts_with("export ") || line.starts_with("export\t")) line = trim(line.substr(7));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return "there is no =: write KEY=VALUE, or # before a comment";
    const auto key = trim(line.substr(0, equals));
    if (!is_key(key)) return "the part before = is no name: write KEY=VALUE with letters, digits and _ in KEY";
    auto scan = scan_value(trim(line.substr(equals + 1)));
    entry.key = key;
    entry.value = std::move(scan.value);
    return scan.complaint;
}

}  // namespace

std::vector<DotenvEntry> parse_dotenv(std::string_view text, const std::string& file, std::vector<Problem>& problems) {
    std::vector<DotenvEntry> entries;
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // editors on Windows write a byte order mark
    for (int number = 1; !text.empty(); ++number) {
        const auto end = text.find('\n');
        const auto line = trim(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (line.empty() || line[0] == '#') continue;
        DotenvEntry entry{"", "", number};
        if (const auto complaint = parse_line(line, entry); !complaint.empty())
            problems.push_back({fmt::format("{}:{}", file, number), complaint});
        else entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace pintail::config
