// What the target of a `pintail run` has to say before anything is made at the source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/direct_options.hpp"
#include "config/settings.hpp"
#include "duck/target_reader.hpp"
#include "postgres/connection.hpp"

namespace pintail::cli {

// The slot that the target was loaded through; nullopt: none yet, or the file cannot be read now.
std::optional<std::string> stored_slot(const config::Settings& settings);

// --on-type-change of the last run; nullopt: there was none yet, or one of an earlier pintail.
std::optional<config::OnTypeChange> stored_type_change_policy(const config::Settings& settings);

// What the target has against a run, one line each with the way out; empty: nothing. A slot by the default name may be
// that of a target with the same name elsewhere; tables may have names that pintail needs. `target`: nullptr where no
// file is there yet.
std::vector<std::string> target_problems(duck::TargetReader* target, postgres::Connection& source,
                                         const config::Settings& settings, const SourceObjects& objects);

}  // namespace pintail::cli
