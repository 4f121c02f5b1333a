// `pintail run --dry-run`: what would be followed, what stands in the way, and what may not be meant. Changes nothing.
#pragma once

#include "cli/direct_options.hpp"
#include "config/settings.hpp"

namespace pintail::cli {

// Prints all of it. Error(source) at the end where a run would refuse to start.
void print_plan(const config::Settings& settings, const SourceObjects& objects);

}  // namespace pintail::cli
