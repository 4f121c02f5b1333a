// What a table of the target is, seen from the source's: chosen per table, kept for as long as the table is there
// (docs/modes.md).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/table_schema.hpp"

namespace pintail {

enum class TableMode : uint8_t {
    mirror,       // equal to the source's
    soft_delete,  // the same, with deleted rows kept and marked
    history       // one row per version of a row
};

// As settings, pintail.tables and `pintail status` write it: "mirror", "soft-delete", "history".
std::string_view to_string(TableMode mode);

std::optional<TableMode> parse_table_mode(std::string_view text);

// Which table is kept how.
using ModeOfTable = std::function<TableMode(const TableName&)>;

// Why a table cannot be kept as `wanted` in the target at `path`, and the ways out.
std::string other_mode(const TableName& table, TableMode kept, TableMode wanted, const std::string& path);

}  // namespace pintail
