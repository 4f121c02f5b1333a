// The JSON of status_report.hpp as people read it.
#pragma once

#include <string>
#include <string_view>

namespace pintail::cli {

// Throws Error(internal) when `status_json` is not such a report (an older or newer pintail answered).
std::string status_text(std::string_view status_json);

}  // namespace pintail::cli
