// The control socket of a process that runs a pipeline: what LiveTarget puts beside its destination.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "duck/target_reader.hpp"
#include "pipeline/progress.hpp"
#include "serve/control_server.hpp"

namespace pintail::cli {

using OpenReader = std::function<duck::TargetReader()>;
// What a running command answers beside status and query, by name.
using Tasks = std::map<std::string, serve::TaskHandler>;

class ControlService {
public:
    // Listens until destroyed. A socket that cannot be made is no reason to stop loading: it is logged and the service
    // does nothing. `progress`, `open_reader` and `tasks` are called from other threads and must outlive the service.
    ControlService(const std::string& target_path, const pipeline::Progress& progress, OpenReader open_reader,
                   Tasks tasks);
    ~ControlService();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace pintail::cli
