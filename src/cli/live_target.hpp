// A target that this process writes: the file, the pipeline's progress, and the control socket that shows both.
#pragma once

#include <memory>

#include "config/settings.hpp"
#include "core/destination.hpp"
#include "pipeline/progress.hpp"

namespace pintail::cli {

class LiveTarget {
public:
    // Opens (or makes) the file and starts to listen on its control socket.
    explicit LiveTarget(const config::Settings& settings);
    ~LiveTarget();

    Destination& destination();
    pipeline::Progress& progress();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace pintail::cli
