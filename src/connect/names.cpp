#include "connect/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace pintail::connect {
namespace {

constexpr size_t kNameBytes = 63;  // NAMEDATALEN - 1
constexpr std::string_view kCaseCounts = "(?-i)";

// FNV-1a: must be the same on every machine and in every release, or slots would change their names.
uint32_t stable_hash(std::string_view text) {
    uint32_t hash = 2166136261u;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
    return hash;
}

constexpr std::string_view kDot = "[.]";  // a dot inside a name; the one between schema and table is \.

bool is_special(char c) {
    return std::string_view("\\.[]{}()*+?^$|,").find(c) != std::string_view::npos;
}

std::string escape(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == '.') out += kDot;
        else if (is_special(c)) (out += "\\") += c;
        else out += c;
    }
    return out;
}

// Reads one name, up to the dot or comma that ends it; nullopt at anything that only a pattern can mean.
std::optional<std::string> read_name(std::string_view& rest) {
    std::string out;
    while (!rest.empty() && rest[0] != ',' && rest[0] != '.' && !rest.starts_with("\\.")) {
        const bool dot = rest.starts_with(kDot);
        const bool escaped = rest[0] == '\\' && rest.size() > 1;
        if (!dot && !escaped && is_special(rest[0])) return std::nullopt;
        out += dot ? '.' : rest[escaped ? 1 : 0];
        rest.remove_prefix(dot ? kDot.size() : escaped ? 2 : 1);
    }
    return out.empty() ? std::nullopt : std::optional(out);
}

// "schema\.table", or with a bare dot as people write it.
std::optional<TableName> read_table(std::string_view& rest) {
    if (rest.starts_with(kCaseCounts)) rest.remove_prefix(kCaseCounts.size());
    const auto schema = read_name(rest);
    if (!schema || rest.empty() || rest[0] == ',') return std::nullopt;
    rest.remove_prefix(rest[0] == '.' ? 1 : 2);
    const auto table = read_name(rest);
    if (!table || (!rest.empty() && rest[0] != ',')) return std::nullopt;
    return TableName{*schema, *table};
}

}  // namespace

std::string replication_name(const std::vector<std::string>& parts) {
    const auto whole = fmt::format("{}", fmt::join(parts, "_"));
    std::string name;
    for (const unsigned char c : whole) name += std::isalnum(c) ? static_cast<char>(std::tolower(c)) : '_';
    if (name.size() <= kNameBytes) return name;
    return fmt::format("{}_{:08x}", name.substr(0, kNameBytes - 9), stable_hash(whole));
}

std::string table_pattern(const TableName& name) {
    return fmt::format("{}{}\\.{}", kCaseCounts, escape(name.schema), escape(name.table));
}

std::optional<std::vector<TableName>> exact_tables(std::string_view include_list) {
    std::vector<TableName> tables;
    while (!include_list.empty()) {
        while (include_list.starts_with(' ')) include_list.remove_prefix(1);
        auto table = read_table(include_list);
        if (!table) return std::nullopt;
        tables.push_back(std::move(*table));
        if (include_list.starts_with(',')) include_list.remove_prefix(1);
    }
    return tables;
}

std::string topic_part(std::string_view name) {
    std::string out(name);
    std::replace_if(
        out.begin(), out.end(), [](unsigned char c) { return !std::isalnum(c) && c != '.' && c != '-' && c != '_'; },
        '_');
    return out;
}

}  // namespace pintail::connect
