// The one queue between reader and loader, bounded in bytes. Any number of threads; here one on each side.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>

#include "core/batch.hpp"

namespace pintail::pipeline {

class BatchQueue {
public:
    // on_idle: called by pop() when it has to wait.
    explicit BatchQueue(
        size_t most_bytes, std::function<void()> on_idle = [] {})
        : most_bytes_(most_bytes), on_idle_(std::move(on_idle)) {}

    // Waits up to `patience` for room. A batch bigger than the bound goes in when the queue is empty.
    // false: no room yet, the batch is untouched; or closed.
    bool push(Batch& batch, std::chrono::milliseconds patience);

    // Waits up to `patience` for a batch. nullopt: none yet, or closed and drained.
    std::optional<Batch> pop(std::chrono::milliseconds patience);

    // No more pushes; what is in the queue can still be popped.
    void close();
    bool drained() const;  // closed and empty

    // The loader waits in pop() and nothing is queued.
    bool consumer_idle() const;

private:
    const size_t most_bytes_;
    const std::function<void()> on_idle_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::pair<Batch, size_t>> batches_;
    size_t bytes_ = 0;
    bool closed_ = false;
    bool popping_ = false;
};

}  // namespace pintail::pipeline
