// Settings of a sink as the modules want them.
#pragma once

#include "config/settings.hpp"
#include "source/debezium_assembler.hpp"

namespace pintail::cli {

// How messages become rows, and of which tables.
source::AssemblerOptions assembler_options(const config::Settings& settings);

}  // namespace pintail::cli
