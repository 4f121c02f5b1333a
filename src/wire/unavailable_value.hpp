// Debezium's placeholder for an unchanged TOAST value that the log does not hold (unavailable.value.placeholder),
// as the JSON texts in which each kind of column spells it.
#pragma once

#include <string>
#include <string_view>

namespace pintail::wire {

class UnavailableValue {
public:
    // The connector's setting: the text itself, or "hex:" and the bytes' digits.
    explicit UnavailableValue(std::string_view setting);

    const std::string& text() const { return text_; }         // "ph" in quotes: text, json, xml, bytea in string modes
    const std::string& base64() const { return base64_; }     // bytea
    const std::string& codes() const { return codes_; }       // int[], bigint[], date[]: its bytes as numbers
    const std::string& uuid() const { return uuid_; }         // uuid[]: its name-based UUID, in an array
    const std::string& map() const { return map_; }           // hstore as map: {"ph":"ph"}
    std::string map_text() const;                             // hstore as json: the map in a string
    static std::string in_array(const std::string& element);  // text[], bytea[]

private:
    std::string text_, base64_, codes_, uuid_, map_;
};

}  // namespace pintail::wire
