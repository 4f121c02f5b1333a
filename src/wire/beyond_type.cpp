#include "wire/beyond_type.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

namespace pintail::wire {
namespace {

Error refusal(const TableSchema& schema, uint32_t column, const BeyondType& why, const char* reason) {
    return Error(why.kind(), fmt::format("{}. {}: with --columns '{}.{}=varchar' the whole column is kept as text",
                                         why.what(), reason, to_string(schema.name), schema.columns[column].name));
}

}  // namespace

void keep_exact(RowBatch& rows, uint32_t column, std::string_view text, ColumnPolicy policy, const BeyondType& why) {
    const TableSchema& schema = *rows.schema;
    const bool in_key = std::find(schema.key.begin(), schema.key.end(), column) != schema.key.end();
    if (in_key) throw refusal(schema, column, why, "A column of the key cannot have its value beside it");
    if (policy == ColumnPolicy::stop) throw refusal(schema, column, why, "The column's policy is stop");
    if (!simdjson::validate_utf8(text.data(), text.size()))
        throw Error(why.kind(), fmt::format("{}, and its text is not UTF-8", why.what()));
    Column& cells = rows.columns[column];
    cells.forget_unfinished();
    cells.push_null();
    rows.exact_cells.push_back({static_cast<uint32_t>(rows.rows()), column, rows.arena.copy(text)});
}

}  // namespace pintail::wire
