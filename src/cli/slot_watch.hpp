// Watches how much log the server keeps for a run's slot, whatever the pipeline does meanwhile (it may wait for room on
// a disk), shows it in the progress, and acts when that is more than --max-wal; and whom the run's sessions wait for
// there. A thread and a session of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "config/settings.hpp"
#include "pipeline/progress.hpp"
#include "postgres/sessions.hpp"

namespace pintail::cli {

struct SlotWatchOptions {
    std::string url;
    std::string slot;
    std::string begin_anew;  // what is to be done once the slot is dropped
    std::optional<config::WalBudget> budget;
    std::shared_ptr<postgres::Sessions> sessions;  // the run's
};

class SlotWatch {
public:
    // `stop` is called once, from the watch's thread, when the budget is exceeded and asks for more than a warning: it
    // is to end the pipeline in good order. `progress` must outlive the watch.
    SlotWatch(SlotWatchOptions options, pipeline::Progress& progress, std::function<void()> stop);
    ~SlotWatch();

    // After the pipeline has ended. Drops the slot where that was asked for; throws Error(source) when the budget ended
    // the run.
    void finish();

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

// "1.2 GiB kept for slot x (reserved)": for status and doctor.
std::string slot_log_text(const SlotLog& log);
std::string size_text(int64_t bytes);

}  // namespace pintail::cli
