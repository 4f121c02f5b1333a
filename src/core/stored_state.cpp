#include "core/stored_state.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace pintail {

const StoredTable* find_table(const StoredState& state, const TableName& name) {
    const auto found = std::find_if(state.tables.begin(), state.tables.end(),
                                    [&](const StoredTable& table) { return table.schema->name == name; });
    return found == state.tables.end() ? nullptr : &*found;
}

void refuse_unknown_table(const TableName& name) {
    throw Error(ErrorKind::usage,
                fmt::format("table {} is not in the target; `pintail status` lists those that are", to_string(name)));
}

}  // namespace pintail
