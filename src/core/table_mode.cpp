#include "core/table_mode.hpp"

#include <fmt/format.h>

#include <array>

#include "core/shell_word.hpp"

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

std::string other_mode(const TableName& table, TableMode kept, TableMode wanted, const std::string& path) {
    return fmt::format(
        "table {0} is kept as {1} in {2}, and the settings ask for {3}. To go on with it as it is: --table-mode {4}, "
        "or "
        "\"{0}\" = \"{1}\" under [modes] in pintail.toml. To have it as {3}: load it into another target file",
        to_string(table), to_string(kept), path, to_string(wanted),
        shell_word(fmt::format("{}={}", to_string(table), to_string(kept))));
}

}  // namespace pintail
