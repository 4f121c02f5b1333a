// Names and texts as SQL.
#pragma once

#include <string>
#include <string_view>

namespace pintail::duck {

std::string quote_name(std::string_view name);  // "a""b"
std::string quote_text(std::string_view text);  // 'it''s'

// The part of pintail's own schema that is named in SQL.
inline constexpr const char* kStateSchema = "pintail";

}  // namespace pintail::duck
