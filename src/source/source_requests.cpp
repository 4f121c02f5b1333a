#include "source/source_requests.hpp"

namespace pintail::source {

void SourceRequests::post(SourceRequest request) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(request));
}

std::optional<SourceRequest> SourceRequests::take() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    SourceRequest first = std::move(waiting_.front());
    waiting_.pop_front();
    return first;
}

bool SourceRequests::empty() const {
    const std::lock_guard lock(mutex_);
    return waiting_.empty();
}

}  // namespace pintail::source
