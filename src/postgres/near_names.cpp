#include "postgres/near_names.hpp"

#include <algorithm>
#include <cctype>

#include "core/edit_distance.hpp"

namespace pintail::postgres {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string table_of(const std::string& name) {
    return name.substr(name.find('.') + 1);
}

size_t allowed_slips(const std::string& word) {
    return std::max<size_t>(2, word.size() / 4);
}

// The lower the nearer; kFar: nobody means that.
constexpr size_t kFar = 100;
constexpr size_t kOtherSchema = 20;
constexpr size_t kPartOfIt = 40;
size_t distance(const std::string& wanted, const std::string& known) {
    const auto whole = edit_distance(wanted, known);
    if (whole <= allowed_slips(table_of(wanted))) return whole;
    const auto table = edit_distance(table_of(wanted), table_of(known));
    if (table <= allowed_slips(table_of(wanted)) / 2) return kOtherSchema + table;
    return known.find(wanted) != std::string::npos ? kPartOfIt : kFar;
}

}  // namespace

std::vector<std::string> near_names(const std::string& wanted, const std::vector<std::string>& known) {
    std::vector<std::pair<size_t, std::string>> ranked;
    for (const auto& name : known)
        if (const auto far = distance(lower(wanted), lower(name)); far < kFar) ranked.emplace_back(far, name);
    std::sort(ranked.begin(), ranked.end());
    std::vector<std::string> names;
    for (size_t i = 0; i < ranked.size() && i < 3; ++i) names.push_back(ranked[i].second);
    return names;
}

}  // namespace pintail::postgres
