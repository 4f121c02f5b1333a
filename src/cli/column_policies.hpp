// The setting `columns` as what decoders ask.
#pragma once

#include "config/settings.hpp"
#include "core/column_policy.hpp"

namespace pintail::cli {

// Of the patterns that match, the longest one decides. Empty when there is no rule.
ColumnPolicies column_policies(const config::Settings& settings);

}  // namespace pintail::cli
