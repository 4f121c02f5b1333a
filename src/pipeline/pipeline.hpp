// The loop: reader thread → queue bounded in bytes → loader. Data and position go into the target in one transaction;
// the source is acknowledged after COMMIT and never before.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/destination.hpp"
#include "core/error.hpp"
#include "core/source.hpp"
#include "pipeline/interludes.hpp"
#include "pipeline/progress.hpp"

namespace pintail::pipeline {

// From when on a transient error of the source is waited out. Before, errors are final, so that a wrong address is
// answered at once.
enum class Patience {
    from_the_first_batch,  // a source that connects lazily proves itself only then
    once_started,          // start() has spoken with the server
    always                 // the source is known from an earlier run
};

struct PipelineOptions {
    size_t queue_bytes = 48 << 20;
    std::chrono::milliseconds first_backoff{250};  // after a transient error
    std::chrono::milliseconds longest_backoff{10'000};
    Patience patience = Patience::from_the_first_batch;
    // Of an error that is not transient, once started: what to say while it is waited out; nullopt: it ends the run.
    std::function<std::optional<std::string>(const Error&)> mended_by_somebody;
    Interludes* interludes = nullptr;  // outlives the pipeline; nullptr: none
};

// Runs until the source is finished or `stop` turns true (then what was read is still committed). The calling thread
// is the loader; one more thread reads. A transient error is waited out: of the source as `patience` says, of the
// destination always (it is reopened); so is, once the run has started, one that somebody may mend. A new source is
// made and continues from what the target holds. Every other error is thrown here after both threads have ended.
void run_pipeline(const std::function<std::unique_ptr<Source>()>& make_source, Destination& destination,
                  const PipelineOptions& options, Progress& progress, const std::atomic<bool>& stop);

}  // namespace pintail::pipeline
