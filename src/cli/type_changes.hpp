// What --on-type-change means on each path.
#pragma once

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "duck/target_options.hpp"
#include "source/postgres_assembler.hpp"

namespace pintail::cli {

// Over Kafka nobody can be asked for the rows again: without a word such a table waits.
duck::TypeChanges type_changes_of_sink(const config::Settings& settings);

// Beside the stream a copy gives the rows: the source decides, the target keeps the old column beside it.
source::TypeChangeRule type_change_rule(const config::Settings& settings);
duck::TypeChanges type_changes_of_run(const config::Settings& settings);

// The policy of a run as its target keeps it, and back; nullopt: nothing that this pintail knows.
std::string type_change_word(const config::Settings& settings);
std::optional<config::OnTypeChange> type_change_policy(const std::string& word);

}  // namespace pintail::cli
