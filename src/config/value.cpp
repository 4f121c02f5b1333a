#include "config/value.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace pintail::config {
namespace {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

struct Unit {
    std::string_view name;
    size_t factor;
};

// "<whole number><unit>"; nullopt for an unknown unit, zero, or more than size_t holds.
template <size_t N>
std::optional<size_t> parse_with_unit(std::string_view text, const std::array<Unit, N>& units) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<size_t>(text.substr(0, digits));
    auto rest = text.substr(digits);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == lower(rest); });
    if (!number || *number == 0 || unit == units.end()) return std::nullopt;
    if (*number > std::numeric_limits<int64_t>::max() / unit->factor) return std::nullopt;
    return *number * unit->factor;
}

constexpr std::array<Unit, 12> kByteUnits = {{{"", 1},
                                              {"b", 1},
                                              {"kb", 1000},
                                              {"mb", 1'000'000},
                                              {"gb", 1'000'000'000},
                                              {"tb", 1'000'000'000'000},
                                              {"kib", 1ull << 10},
                                              {"mib", 1ull << 20},
                                              {"gib", 1ull << 30},
                                              {"tib", 1ull << 40},
                                              {"k", 1ull << 10},
                                              {"m", 1ull << 20}}};
constexpr std::array<Unit, 4> kTimeUnits = {{{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};

std::string_view trim(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

}  // namespace

std::optional<size_t> parse_count(std::string_view text) {
    const auto number = parse_number<size_t>(text);
    return number && *number > 0 ? number : std::nullopt;
}

std::optional<int> parse_port(std::string_view text) {
    const auto number = parse_number<int>(text);
    return number && *number >= 1 && *number <= 65535 ? number : std::nullopt;
}

std::optional<size_t> parse_bytes(std::string_view text) {
    return parse_with_unit(text, kByteUnits);
}

std::optional<size_t> parse_memory(std::string_view text) {
    const auto memory = parse_bytes(text);
    return memory && *memory >= kLeastMemory ? memory : std::nullopt;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto number = parse_with_unit(text, kTimeUnits);
    if (!number) return std::nullopt;
    return std::chrono::milliseconds(static_cast<int64_t>(*number));
}

std::optional<bool> parse_boolean(std::string_view text) {
    const auto word = lower(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
    return std::nullopt;
}

std::optional<WalBudget> parse_wal_budget(std::string_view text) {
    const auto colon = text.find(':');
    const auto bytes = parse_bytes(text.substr(0, colon));
    if (!bytes) return std::nullopt;
    const auto action = colon == std::string_view::npos ? "warn" : text.substr(colon + 1);
    if (action == "warn") return WalBudget{*bytes, WalAction::warn};
    if (action == "stop") return WalBudget{*bytes, WalAction::stop};
    if (action == "drop-slot") return WalBudget{*bytes, WalAction::drop_slot};
    return std::nullopt;
}

std::optional<std::vector<ColumnRule>> parse_column_rules(const std::vector<std::string>& items) {
    std::vector<ColumnRule> rules;
    for (const std::string& item : items) {
        const auto equals = item.rfind('=');
        const auto policy = equals == std::string::npos ? std::string() : item.substr(equals + 1);
        if (equals == 0 || (policy != "exact" && policy != "varchar" && policy != "stop")) return std::nullopt;
        rules.push_back({item.substr(0, equals), policy == "exact"  ? ColumnPolicy::exact
                                                 : policy == "stop" ? ColumnPolicy::stop
                                                                    : ColumnPolicy::varchar});
    }
    return rules;
}

std::optional<std::vector<TableModeRule>> parse_table_mode_rules(const std::vector<std::string>& items) {
    std::vector<TableModeRule> rules;
    for (const std::string& item : items) {
        const auto equals = item.rfind('=');
        const auto mode = equals == std::string::npos ? std::nullopt : parse_table_mode(item.substr(equals + 1));
        if (equals == 0 || !mode) return std::nullopt;
        rules.push_back({item.substr(0, equals), *mode});
    }
    return rules;
}

std::optional<Until> parse_until(std::string_view text) {
    if (text == "current") return UntilMark::current;
    if (text == "end") return UntilMark::end;
    if (const auto lsn = parse_lsn(text)) return *lsn;
    return std::nullopt;
}

std::optional<std::string> parse_http_url(std::string_view text) {
    while (text.ends_with('/')) text.remove_suffix(1);
    const size_t scheme = text.starts_with("http://") ? 7 : text.starts_with("https://") ? 8 : 0;
    if (scheme == 0 || text.find_first_of(" \t\n?#", scheme) != std::string_view::npos) return std::nullopt;
    auto authority = text.substr(scheme, text.find('/', scheme) - scheme);
    authority = authority.substr(authority.find('@') == std::string_view::npos ? 0 : authority.find('@') + 1);
    const auto colon = authority.rfind(':');
    const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
    if (has_port && !parse_port(authority.substr(colon + 1))) return std::nullopt;
    if (authority.substr(0, has_port ? colon : std::string_view::npos).empty()) return std::nullopt;
    return std::string(text);
}

std::optional<std::string> parse_pattern(std::string_view text) {
    std::string name;
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '"') {
            name += text[i];
        } else if (quoted && text.substr(i).starts_with("\"\"")) {
            name += text[i++];
        } else {
            quoted = !quoted;
        }
    }
    return quoted ? std::nullopt : std::optional(name);
}

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    std::string item;
    bool quoted = false;
    const auto finish = [&] {
        if (const auto trimmed = trim(item); !trimmed.empty()) items.emplace_back(trimmed);
        item.clear();
    };
    for (const char c : text) {
        if (c == '"') quoted = !quoted;
        if (c == ',' && !quoted) finish();
        else item += c;
    }
    finish();
    return items;
}

}  // namespace pintail::config
