#include "cli/column_policies.hpp"

#include <algorithm>

#include "source/topic_pattern.hpp"

namespace pintail::cli {

ColumnPolicies column_policies(const config::Settings& settings) {
    if (settings.columns.empty()) return {};
    auto rules = settings.columns;
    std::stable_sort(rules.begin(), rules.end(),
                     [](const auto& a, const auto& b) { return a.pattern.size() > b.pattern.size(); });
    return [rules = std::move(rules)](const TableName& table, const std::string& column) {
        const std::string name = to_string(table) + "." + column;
        const auto found = std::find_if(rules.begin(), rules.end(),
                                        [&](const auto& rule) { return source::glob_matches(rule.pattern, name); });
        return found == rules.end() ? ColumnPolicy::exact : found->policy;
    };
}

}  // namespace pintail::cli
