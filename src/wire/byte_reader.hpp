// Reads network-order numbers and texts from the front of a message; a read beyond the end is an Error(data).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "core/error.hpp"

namespace pintail::wire {

template <typename Integer>
inline Integer from_network(const char* bytes) {
    Integer value;
    std::memcpy(&value, bytes, sizeof(value));
    if constexpr (sizeof(Integer) == 2) value = static_cast<Integer>(__builtin_bswap16(static_cast<uint16_t>(value)));
    if constexpr (sizeof(Integer) == 4) value = static_cast<Integer>(__builtin_bswap32(static_cast<uint32_t>(value)));
    if constexpr (sizeof(Integer) == 8) value = static_cast<Integer>(__builtin_bswap64(static_cast<uint64_t>(value)));
    return value;
}

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

    template <typename Integer>
    Integer number() {
        need(sizeof(Integer));
        const auto value = from_network<Integer>(at_);
        at_ += sizeof(Integer);
        return value;
    }

    std::string_view bytes(size_t size) {
        need(size);
        const std::string_view found(at_, size);
        at_ += size;
        return found;
    }

    // Up to the next zero byte, which is taken too.
    std::string_view text() {
        const void* zero = std::memchr(at_, 0, left());
        if (!zero) need(left() + 1);
        const std::string_view found(at_, static_cast<const char*>(zero) - at_);
        at_ += found.size() + 1;
        return found;
    }

    char peek() const {
        need(1);
        return *at_;
    }
    size_t left() const { return static_cast<size_t>(end_ - at_); }
    std::string_view rest() const { return {at_, left()}; }

private:
    void need(size_t size) const {
        if (size > left()) throw Error(ErrorKind::data, "a message of Postgres ends too early");
    }

    const char* at_;
    const char* end_;
};

}  // namespace pintail::wire
