#include "cli/type_changes.hpp"

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

}  // namespace pintail::cli
