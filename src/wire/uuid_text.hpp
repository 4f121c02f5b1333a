// UUIDs between their canonical text and DuckDB's cell.
#pragma once

#include <optional>
#include <string_view>

#include "core/column_type.hpp"

namespace pintail::wire {

// "00112233-4455-6677-8899-aabbccddeeff", either case; nullopt for any other form.
std::optional<Int128> parse_uuid(std::string_view text);

// The cell of 16 bytes in network order.
Int128 uuid_cell(const unsigned char* bytes);

}  // namespace pintail::wire
