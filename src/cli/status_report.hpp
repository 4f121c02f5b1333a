// What `pintail status --json` prints, and what a running pintail answers on its control socket: docs/query.md.
#pragma once

#include <optional>
#include <string>

#include "cli/pace.hpp"
#include "duck/target_reader.hpp"
#include "pipeline/progress.hpp"

namespace pintail::cli {

struct LiveReport {
    pipeline::ProgressReport progress;
    double changes_per_second = 0;
    double bytes_per_second = 0;
};

// What could be read of the target: `status`, or else the `problem` that prevented it.
struct TargetReport {
    std::string path;  // absolute
    std::optional<duck::TargetStatus> status;
    std::string problem;
};

// One JSON object. `live`: this process runs the pipeline.
std::string status_json(const TargetReport& target, const std::optional<LiveReport>& live);

// "2025-11-23T08:00:01.250Z"
std::string iso_time(int64_t micros_since_epoch);

}  // namespace pintail::cli
