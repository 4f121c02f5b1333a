// Rows that Debezium's ExtractNewRecordState has taken out of their envelope
// ({"id":1,…,"__op":"u","__deleted":"false"}) → messages with an envelope, as all others are (docs/debezium.md,
// "Unwrapped messages").
//
// What the transform was told to add (add.fields=op,table,schema,lsn,source.ts_ms) is used where it is there. Pure; one
// per topic, not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/json_tokens.hpp"
#include "wire/schema_frame.hpp"

namespace pintail::wire {

class UnwrappedMessage {
public:
    // The whole message anew, valid until the next call; nullopt: no such row. `payload` are the tokens of
    // framed.payload. Error (data) for a row without `__deleted`: its deletes would come as tombstones alone, which
    // cannot be told from those behind other deletes.
    std::optional<std::string_view> wrap(const FramedMessage& framed, const JsonTokens& payload,
                                         std::string_view topic);

private:
    struct Added;

    void wrap_schema(std::string_view schema);
    void wrap_payload(const std::string& row, const Added& added);

    JsonTokens tokens_;
    std::string schema_;   // the last one, as it came …
    std::string wrapped_;  // … and with an envelope around it
    std::string message_;
};

}  // namespace pintail::wire
