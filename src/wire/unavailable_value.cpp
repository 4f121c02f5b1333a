#include "wire/unavailable_value.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "wire/binary_text.hpp"
#include "wire/json_string.hpp"
#include "wire/md5.hpp"

namespace pintail::wire {
namespace {

std::string placeholder_bytes(std::string_view setting) {
    constexpr std::string_view kHexPrefix = "hex:";
    if (!setting.starts_with(kHexPrefix)) return std::string(setting);
    std::string bytes;
    if (!append_hex(setting.substr(kHexPrefix.size()), bytes)) {
        throw Error(ErrorKind::config, "unavailable value: no hex digits behind \"hex:\"");
    }
    return bytes;
}

std::string codes_of(std::string_view bytes) {
    std::string codes;
    for (const char c : bytes) codes += fmt::format("{}{}", codes.empty() ? "" : ",", static_cast<int8_t>(c));
    return "[" + codes + "]";
}

// java.util.UUID.nameUUIDFromBytes: version 3, the MD5 of the bytes.
std::string name_uuid(std::string_view bytes) {
    auto digest = md5(bytes);
    digest[6] = static_cast<uint8_t>((digest[6] & 0x0F) | 0x30);
    digest[8] = static_cast<uint8_t>((digest[8] & 0x3F) | 0x80);
    const std::string hex = to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

}  // namespace

UnavailableValue::UnavailableValue(std::string_view setting) {
    const std::string bytes = placeholder_bytes(setting);
    text_ = json_quoted(bytes);
    base64_ = json_quoted(to_base64(bytes));
    codes_ = codes_of(bytes);
    uuid_ = in_array(json_quoted(name_uuid(bytes)));
    map_ = fmt::format("{{{}:{}}}", text_, text_);
}

std::string UnavailableValue::map_text() const {
    return json_quoted(map_);
}

std::string UnavailableValue::in_array(const std::string& element) {
    return "[" + element + "]";
}

}  // namespace pintail::wire
