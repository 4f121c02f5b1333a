// Bytes from one thread to another, bounded: a writer that is ahead waits. One writer, one reader.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>

namespace pintail::serve {

class BytePipe {
public:
    explicit BytePipe(size_t most_bytes) : most_bytes_(most_bytes) {}

    // Waits for room; a piece bigger than the bound goes in when the pipe is empty. false: `stop` was requested.
    bool write(std::string_view bytes, std::stop_token stop);
    // The writer has written all; never waits, so that it can be said after a stop, too.
    void close(std::string_view last_bytes);

    // Waits up to `patience` for bytes and takes what is there.
    std::string read(std::chrono::milliseconds patience);
    bool drained() const;  // closed and read to the end

private:
    const size_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::string bytes_;
    bool closed_ = false;
};

}  // namespace pintail::serve
