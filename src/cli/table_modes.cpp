#include "cli/table_modes.hpp"

#include "source/topic_pattern.hpp"

namespace pintail::cli {

// Of two equally long patterns the later one counts, so that a flag repeated on the command line overrides.
ModeOfTable table_modes(const config::Settings& settings) {
    return [rules = settings.table_modes, otherwise = settings.mode](const TableName& table) {
        const std::string name = to_string(table);
        const config::TableModeRule* best = nullptr;
        for (const config::TableModeRule& rule : rules) {
            if (!source::glob_matches(rule.pattern, name)) continue;
            if (best == nullptr || rule.pattern.size() >= best->pattern.size()) best = &rule;
        }
        return best == nullptr ? otherwise : best->mode;
    };
}

}  // namespace pintail::cli
