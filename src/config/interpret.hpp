// RawSettings → Settings: derives what is not written from what is, and validates everything.
#pragma once

#include "config/raw_settings.hpp"
#include "config/settings.hpp"

namespace pintail::config {

// Adds values that follow from others (brokers from kafka.port, source from postgres.*, …) to `raw`, layer `derived`.
void add_derived(RawSettings& raw);

// All that does not fit goes to `problems`; the result is of use only when there is none.
Settings interpret(const RawSettings& raw, std::vector<Problem>& problems);

}  // namespace pintail::config
