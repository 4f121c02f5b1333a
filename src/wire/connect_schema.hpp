// The schema that Kafka's JsonConverter embeds in a message ("schemas.enable"), as a tree.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/json_tokens.hpp"

namespace pintail::wire {

struct ConnectSchema {
    std::string type;   // boolean int8 int16 int32 int64 float double string bytes struct array map
    std::string name;   // what it means: "io.debezium.time.Date"; often empty
    std::string field;  // its name within the struct that holds it
    std::vector<std::pair<std::string, std::string>> parameters;
    std::vector<ConnectSchema> fields;  // of a struct; the one element of an array; key and value of a map
    bool optional = false;              // may be null
    Token default_value = 0;            // in the tokens it was read from; 0: none

    // nullptr: there is none.
    const ConnectSchema* find(std::string_view field_name) const;
    const std::string* parameter(std::string_view parameter_name) const;
};

// Error (data) for what is no schema.
ConnectSchema read_connect_schema(const JsonTokens& json, Token schema);

}  // namespace pintail::wire
