// {"schema":…,"payload":…} or the bare payload: what JsonConverter makes of "schemas.enable".
//
// Every message of a topic repeats the same schema, some 2 KB of it. The frame remembers the bytes in front of the
// last payload and compares: nothing of a known schema is parsed again.
#pragma once

#include <string>
#include <string_view>

#include "wire/json_tokens.hpp"

namespace pintail::wire {

struct FramedMessage {
    std::string_view payload;
    std::string_view schema;  // empty: the message has none
    std::string_view prefix;  // what to remember; empty: the message's order of fields does not allow it
    bool has_schema = false;
    bool is_remembered = false;  // the same schema as that of remember(), or as then none
};

class SchemaFrame {
public:
    // The views point into `message`. Error (data) for what is no JSON at all.
    FramedMessage split(std::string_view message) {
        FramedMessage framed;
        split(message, framed);
        return framed;
    }
    void split(std::string_view message, FramedMessage& framed);

    // From now on this message's schema is the known one.
    void remember(const FramedMessage& message);

private:
    void split_slowly(std::string_view message, FramedMessage& framed);
    void take_bare(std::string_view message, FramedMessage& framed) const;

    std::string prefix_;                         // up to the payload
    size_t schema_start_ = 0, schema_size_ = 0;  // within the prefix
    bool knows_bare_ = false;
    JsonTokens tokens_;
};

}  // namespace pintail::wire
