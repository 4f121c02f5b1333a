#include "pipeline/progress.hpp"

namespace pintail::pipeline {

Progress::Progress() {
    report_.started = report_.state_since = std::chrono::system_clock::now();
}

void Progress::enter(const char* state) {
    if (report_.state != state) report_.state_since = std::chrono::system_clock::now();
    report_.state = state;
}

void Progress::committed(const BatchCounts& batch, const ApplyResult& result) {
    const std::lock_guard lock(mutex_);
    ++report_.batches;
    report_.rows += batch.rows;
    report_.source_bytes += batch.source_bytes;
    report_.rows_written += result.rows_written;
    report_.rows_removed += result.rows_removed;
    report_.removes_without_row += result.removes_without_row;
    report_.quarantined += batch.quarantined + result.rows_quarantined;
    report_.last_commit = std::chrono::system_clock::now();
    report_.last_latency =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - batch.oldest);
}

void Progress::read(std::vector<StreamProgress> streams) {
    const std::lock_guard lock(mutex_);
    report_.streams = std::move(streams);
}

void Progress::slot_log(std::optional<SlotLog> log) {
    const std::lock_guard lock(mutex_);
    report_.slot_log = std::move(log);
}

void Progress::waits_for(std::vector<std::string> locks) {
    const std::lock_guard lock(mutex_);
    report_.waits_for = std::move(locks);
}

void Progress::running() {
    const std::lock_guard lock(mutex_);
    report_.waiting_for = away_.value_or("");
    enter(away_ ? "waiting" : "running");
}

void Progress::waiting(const std::string& reason) {
    const std::lock_guard lock(mutex_);
    enter("waiting");
    report_.waiting_for = reason;
    away_.reset();
    ++report_.restarts;
}

void Progress::source_away(const std::optional<std::string>& reason) {
    const std::lock_guard lock(mutex_);
    if (away_.has_value() == reason.has_value()) return;
    away_ = reason;
    report_.waiting_for = away_.value_or("");
    enter(away_ ? "waiting" : "running");
}

void Progress::stopping() {
    const std::lock_guard lock(mutex_);
    report_.waiting_for.clear();
    enter("stopping");
}

ProgressReport Progress::report() const {
    const std::lock_guard lock(mutex_);
    return report_;
}

}  // namespace pintail::pipeline
