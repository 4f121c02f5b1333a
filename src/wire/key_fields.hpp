// The names of a message key's fields: what makes a table's key for Debezium.
//
// Looked at for every row, because the key of a table can change; the steady state compares bytes and parses nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/json_tokens.hpp"
#include "wire/schema_frame.hpp"

namespace pintail::wire {

class KeyFields {
public:
    // Whether the key has the fields of the last learn(). Error (data) for a key that is no JSON object.
    bool is_known(std::optional<std::string_view> key);

    // The names, in order; none for a message without a key.
    std::vector<std::string> names_of(std::optional<std::string_view> key);

    // From now on these are the known fields.
    void learn(std::optional<std::string_view> key);

    // The key's payload, whose root is the object of the fields; nullptr: the message has no key.
    const JsonTokens* open(std::optional<std::string_view> key);

private:
    std::vector<std::string> read(std::string_view payload);
    bool starts_the_same(std::string_view payload) const;

    SchemaFrame frame_;
    JsonTokens tokens_;
    std::vector<std::string> names_;
    std::vector<std::string> raw_prefixes_;  // {"id": and ,"part": as they stand in front of the values
    bool learnt_ = false;
};

}  // namespace pintail::wire
