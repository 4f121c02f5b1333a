// Which mode the settings give to a table: the longest pattern of `table_mode` that matches its name, else `mode`.
#pragma once

#include "config/settings.hpp"
#include "core/table_mode.hpp"

namespace pintail::cli {

ModeOfTable table_modes(const config::Settings& settings);

}  // namespace pintail::cli
