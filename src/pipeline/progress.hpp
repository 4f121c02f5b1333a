// What a running pipeline has done so far: for status, logs and metrics. Any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "core/destination.hpp"
#include "core/slot_log.hpp"
#include "core/source.hpp"

namespace pintail::pipeline {

struct ProgressReport {
    std::string state = "starting";  // starting | running | waiting (for the source or for room) | stopping
    std::string waiting_for;         // what is amiss, while waiting
    std::chrono::system_clock::time_point state_since;
    std::chrono::system_clock::time_point started;
    uint64_t batches = 0;
    uint64_t rows = 0;  // changes taken from the source
    uint64_t rows_written = 0;
    uint64_t rows_removed = 0;
    uint64_t removes_without_row = 0;
    uint64_t quarantined = 0;
    uint64_t source_bytes = 0;
    uint64_t restarts = 0;                              // reconnections to the source
    std::chrono::system_clock::time_point last_commit;  // epoch: none yet
    std::chrono::milliseconds last_latency{0};          // first record received → committed, of the last batch
    std::vector<StreamProgress> streams;
    std::optional<SlotLog> slot_log;     // as the server last told
    std::vector<std::string> waits_for;  // locks at the source that hold something up; the rest may well go on
};

// What remains of a batch when it has been moved away.
struct BatchCounts {
    explicit BatchCounts(const Batch& batch)
        : rows(batch.rows),
          source_bytes(batch.source_bytes),
          quarantined(batch.quarantined.size()),
          oldest(batch.oldest) {}

    size_t rows;
    size_t source_bytes;
    size_t quarantined;
    std::chrono::steady_clock::time_point oldest;
};

class Progress {
public:
    Progress();

    void committed(const BatchCounts& batch, const ApplyResult& result);
    void read(std::vector<StreamProgress> streams);
    void slot_log(std::optional<SlotLog> log);
    void waits_for(std::vector<std::string> locks);
    void running();
    void waiting(const std::string& reason);  // a new connection to the source is tried
    // The connection is tried again by the source itself, which may still hand out what it had read: a running pipeline
    // waits as long as this says why. nullopt: the source answers.
    void source_away(const std::optional<std::string>& reason);
    void stopping();
    ProgressReport report() const;

private:
    void enter(const char* state);

    mutable std::mutex mutex_;
    ProgressReport report_;
    std::optional<std::string> away_;
};

}  // namespace pintail::pipeline
