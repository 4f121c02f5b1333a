// What a comparison found, as JSON for programs and as lines for people.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "verify/comparison.hpp"

namespace pintail::cli {

struct TableReport {
    std::string table;
    std::string target_name;
    std::vector<std::string> key;
    std::vector<verify::LeftOut> left_out;
    std::optional<verify::Comparison> comparison;  // nullopt: it was not compared,
    std::string why_not;                           // and why
    bool kept_only = false;                        // likewise: nobody wants it to be what the source has
    double seconds = 0;
};

// Cell values only where `values`.
nlohmann::json report_json(const TableReport& report, bool values);

// One table's event as lines.
std::string report_text(const nlohmann::json& event);

}  // namespace pintail::cli
