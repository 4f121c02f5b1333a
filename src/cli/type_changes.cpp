#include "cli/type_changes.hpp"

#include <algorithm>

#include "cli/table_modes.hpp"
#include "config/setting_spec.hpp"
#include "duck/sql_name.hpp"

namespace pintail::cli {

duck::TypeChanges type_changes_of_sink(const config::Settings& settings) {
    switch (settings.on_type_change.value_or(config::OnTypeChange::quarantine)) {
        case config::OnTypeChange::cast: return duck::TypeChanges::cast;
        case config::OnTypeChange::new_column: return duck::TypeChanges::new_column;
        case config::OnTypeChange::quarantine: break;
    }
    return duck::TypeChanges::quarantine;
}

source::TypeChangeRule type_change_rule(const config::Settings& settings) {
    using Answer = source::TypeChangeRule::Answer;
    source::TypeChangeRule rule;
    rule.widens = duck::widens_losslessly;
    rule.keeps_wider = [mode_of = table_modes(settings)](const TableName& name) {
        return mode_of(name) != TableMode::mirror;
    };
    switch (settings.on_type_change.value_or(config::OnTypeChange::cast)) {
        case config::OnTypeChange::cast: rule.answer = Answer::copy; break;
        case config::OnTypeChange::new_column: rule.answer = Answer::keep_old; break;
        case config::OnTypeChange::quarantine: rule.answer = Answer::quarantine; break;
    }
    return rule;
}

duck::TypeChanges type_changes_of_run(const config::Settings& settings) {
    return settings.on_type_change == config::OnTypeChange::new_column ? duck::TypeChanges::new_column
                                                                       : duck::TypeChanges::refuse;
}

std::string type_change_word(const config::Settings& settings) {
    const auto policy = settings.on_type_change.value_or(config::OnTypeChange::cast);
    return std::string(config::choices_of(*config::find_setting("on_type_change")).at(static_cast<size_t>(policy)));
}

std::optional<config::OnTypeChange> type_change_policy(const std::string& word) {
    const auto words = config::choices_of(*config::find_setting("on_type_change"));
    const auto found = std::find(words.begin(), words.end(), word);
    if (found == words.end()) return std::nullopt;
    return static_cast<config::OnTypeChange>(found - words.begin());
}

}  // namespace pintail::cli
