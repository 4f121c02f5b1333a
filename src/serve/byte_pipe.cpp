#include "serve/byte_pipe.hpp"

#include <utility>

namespace pintail::serve {

bool BytePipe::write(std::string_view bytes, std::stop_token stop) {
    std::unique_lock lock(mutex_);
    const auto has_room = [&] { return bytes_.empty() || bytes_.size() + bytes.size() <= most_bytes_; };
    if (!changed_.wait(lock, stop, has_room) || stop.stop_requested()) return false;
    bytes_ += bytes;
    changed_.notify_all();
    return true;
}

void BytePipe::close(std::string_view last_bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ += last_bytes;
    closed_ = true;
    changed_.notify_all();
}

std::string BytePipe::read(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return closed_ || !bytes_.empty(); });
    changed_.notify_all();
    return std::exchange(bytes_, {});
}

bool BytePipe::drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && bytes_.empty();
}

}  // namespace pintail::serve
