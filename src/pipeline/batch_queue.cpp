#include "pipeline/batch_queue.hpp"

#include <utility>

namespace pintail::pipeline {

bool BatchQueue::push(Batch& batch, std::chrono::milliseconds patience) {
    const size_t size = batch.memory_bytes();
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return closed_ || batches_.empty() || bytes_ + size <= most_bytes_; };
    if (!changed_.wait_for(lock, patience, has_room) || closed_) return false;
    batches_.emplace_back(std::move(batch), size);
    bytes_ += size;
    changed_.notify_all();
    return true;
}

std::optional<Batch> BatchQueue::pop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    if (!closed_ && batches_.empty() && !std::exchange(popping_, true)) {
        lock.unlock();
        on_idle_();
        lock.lock();
    }
    changed_.wait_for(lock, patience, [&] { return closed_ || !batches_.empty(); });
    if (batches_.empty()) return std::nullopt;
    popping_ = false;
    auto [batch, size] = std::move(batches_.front());
    batches_.pop_front();
    bytes_ -= size;
    changed_.notify_all();
    return std::move(batch);
}

void BatchQueue::close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
}

bool BatchQueue::drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && batches_.empty();
}

bool BatchQueue::consumer_idle() const {
    const std::lock_guard lock(mutex_);
    return popping_ && batches_.empty();
}

}  // namespace pintail::pipeline
