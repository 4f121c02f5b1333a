#include "duck/fresh_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

int64_t integer_key(const Column& column, uint32_t row) {
    switch (column.width()) {
        case 2: return column.at<int16_t>(row);
        case 4: return column.at<int32_t>(row);
        default: return column.at<int64_t>(row);
    }
}

bool is_integer(TypeKind kind) {
    return kind == TypeKind::int16 || kind == TypeKind::int32 || kind == TypeKind::int64;
}

}  // namespace

bool FreshKeys::is_serial() const {
    const auto& key = binding_.schema->key;
    return key.size() == 1 && is_integer(binding_.schema->columns[key[0]].type.kind) &&
           is_integer(relation_.columns[binding_.key_columns[0]].type->kind);
}

void FreshKeys::learn_highest() {
    const std::string name = quote_name(relation_.columns[binding_.key_columns[0]].name);
    const auto found =
        connection_.texts(fmt::format("SELECT max({})::VARCHAR FROM {}", name, relation_.sql())).at(0).at(0);
    highest_ = found ? std::stoll(*found) : std::numeric_limits<int64_t>::min();
}

std::vector<uint32_t> FreshKeys::possible(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    std::vector<uint32_t> indexes(rows.size());
    std::iota(indexes.begin(), indexes.end(), 0u);
    if (rows.empty() || !is_serial()) return indexes;
    if (!highest_) learn_highest();
    const Column& column = batch.columns[batch.schema->key[0]];
    std::erase_if(indexes, [&](uint32_t index) { return integer_key(column, rows[index]) > *highest_; });
    return indexes;
}

void FreshKeys::note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    if (!highest_) return;
    const Column& column = batch.columns[batch.schema->key[0]];
    for (const uint32_t row : rows) highest_ = std::max(*highest_, integer_key(column, row));
}

}  // namespace pintail::duck
