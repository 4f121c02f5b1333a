#include "core/table_mode.hpp"

#include <array>

namespace pintail {
namespace {

constexpr std::array<std::string_view, 3> kNames = {"mirror", "soft-delete", "history"};

}  // namespace

std::string_view to_string(TableMode mode) {
    return kNames[static_cast<size_t>(mode)];
}

std::optional<TableMode> parse_table_mode(std::string_view text) {
    for (size_t index = 0; index < kNames.size(); ++index) {
        if (kNames[index] == text) return static_cast<TableMode>(index);
    }
    return std::nullopt;
}

}  // namespace pintail
