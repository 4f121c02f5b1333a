#include "wire/beyond_type.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "wire/binary_text.hpp"

namespace pintail::wire {
namespace {

Error refusal(const TableSchema& schema, uint32_t column, const BeyondType& why, const char* reason) {
    return Error(why.kind(), fmt::format("{}. {}: with --columns '{}.{}=varchar' the whole column is kept as text",
                                         why.what(), reason, to_string(schema.name), schema.columns[column].name));
}

// No policy of the column helps: as text it is not UTF-8 either.
Error refusal_of_bytes(const TableSchema& schema, const BeyondType& why) {
    return Error(
        why.kind(),
        fmt::format(
            "{}. A column of the key, or one whose policy is stop, cannot have its bytes beside it: mend the value at "
            "the "
            "source, then leave the table out with --exclude '{}' for one run, and it is copied again by the next",
            why.what(), to_string(schema.name)));
}

}  // namespace

void keep_exact(RowBatch& rows, uint32_t column, std::string_view text, ColumnPolicy policy, const BeyondType& why) {
    const TableSchema& schema = *rows.schema;
    const bool in_key = std::find(schema.key.begin(), schema.key.end(), column) != schema.key.end();
    const bool is_text = simdjson::validate_utf8(text.data(), text.size());
    if (!is_text && (in_key || policy == ColumnPolicy::stop)) throw refusal_of_bytes(schema, why);
    if (in_key) throw refusal(schema, column, why, "A column of the key cannot have its value beside it");
    if (policy == ColumnPolicy::stop) throw refusal(schema, column, why, "The column's policy is stop");
    const std::string hex = is_text ? "" : "\\x" + to_hex(text);
    Column& cells = rows.columns[column];
    cells.forget_unfinished();
    cells.push_null();
    rows.exact_cells.push_back({static_cast<uint32_t>(rows.rows()), column, rows.arena.copy(is_text ? text : hex)});
}

}  // namespace pintail::wire
