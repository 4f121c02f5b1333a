// One Kafka record as the decoder sees it: borrowed bytes, valid during the call only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pintail::wire {

// Headers are looked up only where they decide something (key changes): reading them costs per record.
class HeaderLookup {
public:
    virtual ~HeaderLookup() = default;
    virtual std::optional<std::string_view> find(std::string_view name) const = 0;
};

struct Message {
    std::string_view topic;
    int32_t partition = 0;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string_view> key;    // nullopt: null
    std::optional<std::string_view> value;  // nullopt: null (a tombstone)
    const HeaderLookup* headers = nullptr;  // nullptr: none
};

}  // namespace pintail::wire
