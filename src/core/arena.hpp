// Bytes that live as long as the batch they belong to; addresses never move.
//
// Owned by one RowBatch and used by one thread at a time. Memory is given back all at once, on destruction.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace pintail {

class Arena {
public:
    // Uninitialised room for `size_bytes`, not aligned.
    char* allocate(size_t size_bytes) {
        if (size_bytes > left_) grow(size_bytes);
        char* room = next_;
        next_ += size_bytes;
        left_ -= size_bytes;
        return room;
    }

    std::string_view copy(std::string_view bytes) {
        if (bytes.empty()) return {};
        char* room = allocate(bytes.size());
        std::memcpy(room, bytes.data(), bytes.size());
        return {room, bytes.size()};
    }

    size_t capacity_bytes() const { return capacity_bytes_; }

private:
    void grow(size_t at_least_bytes);

    std::vector<std::unique_ptr<char[]>> blocks_;
    char* next_ = nullptr;
    size_t left_ = 0;
    size_t capacity_bytes_ = 0;
};

}  // namespace pintail
