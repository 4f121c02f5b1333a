// A target that this process writes: the file, the pipeline's progress, and the control socket that shows both.
#pragma once

#include <functional>
#include <memory>

#include "cli/control_service.hpp"
#include "config/settings.hpp"
#include "core/destination.hpp"
#include "duck/target_options.hpp"
#include "pipeline/progress.hpp"

namespace pintail::cli {

class LiveTarget {
public:
    // Opens (or makes) the file and starts to listen on its control socket, where it answers status, queries and what
    // `make_tasks` gives; their readers are of this target. `type_changes`: as its path takes the settings.
    LiveTarget(const config::Settings& settings, duck::TypeChanges type_changes,
               const std::function<Tasks(OpenReader)>& make_tasks = {});
    ~LiveTarget();

    Destination& destination();
    pipeline::Progress& progress();
    // Whoever waits for an answer hears that pintail stops.
    void stop_answering();
    // Before the slot is made: a run that is killed right then finds its own again.
    void claim(const duck::LoadedBy& by);

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace pintail::cli
