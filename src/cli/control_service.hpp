// The control socket of a process that runs a pipeline: what LiveTarget puts beside its destination.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "duck/target_reader.hpp"
#include "pipeline/progress.hpp"

namespace pintail::cli {

class ControlService {
public:
    // Listens until destroyed. A socket that cannot be made is no reason to stop loading: it is logged and the service
    // does nothing. `progress` and `open_reader` are called from other threads and must outlive the service.
    ControlService(const std::string& target_path, const pipeline::Progress& progress, std::function<duck::TargetReader()> open_reader);
    ~ControlService();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace pintail::cli
