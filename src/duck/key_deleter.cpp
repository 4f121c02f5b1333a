#include "duck/key_deleter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "duck/chunk_fill.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

// A plan made for an empty table would build its hash table on a big one: it is made anew when the table may have
// doubled.
constexpr uint64_t kSmallTableRows = 2048;

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

KeyDeleter::KeyDeleter(const Connection& connection, const Relation& relation, const Binding& binding)
    : connection_(connection), relation_(relation), binding_(binding) {}

bool KeyDeleter::is_serial() const {
    const auto& key = binding_.schema->key;
    return key.size() == 1 && is_integer(binding_.schema->columns[key[0]].type.kind) && is_integer(relation_.columns[binding_.key_columns[0]].type->kind);
}

void KeyDeleter::learn_highest() {
    const std::string name = quote_name(relation_.columns[binding_.key_columns[0]].name);
    const auto found = connection_.texts(fmt::format("SELECT max({})::VARCHAR FROM {}", name, relation_.sql())).at(0).at(0);
    highest_ = found ? std::stoll(*found) : std::numeric_limits<int64_t>::min();
}

std::vector<uint32_t> KeyDeleter::possible(const RowBatch& batch, const std::vector<uint32_t>& rows) const {
    const Column& column = batch.columns[batch.schema->key[0]];
    std::vector<uint32_t> result;
    for (const uint32_t row : rows) {
        if (integer_key(column, row) <= *highest_) result.push_back(row);
    }
    return result;
}

uint64_t KeyDeleter::delete_keys(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    if (rows.empty()) return 0;
    if (is_serial()) {
        if (!highest_) learn_highest();
        return delete_there(batch, possible(batch, rows));
    }
    return delete_there(batch, rows);
}

// Those that may be there.
uint64_t KeyDeleter::delete_there(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    if (rows.empty()) return 0;
    const bool one_by_one = can_bind_all() && cost_.one_by_one_pays(rows.size());
    const DeleteCost::Watch watch(cost_, one_by_one, rows.size());
    return one_by_one ? delete_one_by_one(batch, rows) : delete_joined(batch, rows);
}

void KeyDeleter::note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    appended_ += rows.size();
    if (!highest_) return;
    const Column& column = batch.columns[batch.schema->key[0]];
    for (const uint32_t row : rows) highest_ = std::max(*highest_, integer_key(column, row));
}

void KeyDeleter::note_copied(size_t rows) {
    appended_ += rows;
    highest_.reset();
}

bool KeyDeleter::can_bind_all() const {
    return std::all_of(binding_.schema->key.begin(), binding_.schema->key.end(), [&](uint32_t key) {
        return can_bind(binding_.schema->columns[key].type.kind);
    });
}

std::string KeyDeleter::key_column(size_t index) const {
    return "t." + quote_name(relation_.columns[binding_.key_columns[index]].name);
}

uint64_t KeyDeleter::delete_one_by_one(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    if (!delete_one_) {
        std::string condition;
        for (size_t index = 0; index < binding_.key_columns.size(); ++index) {
            condition += fmt::format("{}{} = ${}", index == 0 ? "" : " AND ", key_column(index), index + 1);
        }
        delete_one_.emplace(connection_, fmt::format("DELETE FROM {} AS t WHERE {}", relation_.sql(), condition));
    }
    uint64_t removed = 0;
    for (const uint32_t row : rows) {
        for (size_t index = 0; index < batch.schema->key.size(); ++index) {
            const uint32_t column = batch.schema->key[index];
            bind_cell(*delete_one_, index + 1, batch.columns[column], batch.schema->columns[column].type, row);
        }
        removed += delete_one_->execute().rows_changed();
    }
    return removed;
}

uint64_t KeyDeleter::delete_joined(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    std::vector<ColumnSource> sources;
    for (const uint32_t key : batch.schema->key) {
        sources.push_back({&batch.columns[key], &batch.schema->columns[key].type, {rows.data(), 0, rows.size()}});
    }
    if (!feed_) make_feed();
    feed_->show(std::move(sources), rows.size());
    if (!delete_joined_ || appended_ > plan_is_good_until_) prepare_join();
    const uint64_t removed = delete_joined_->execute().rows_changed();
    feed_->show_nothing();
    return removed;
}

void KeyDeleter::make_feed() {
    std::vector<ColumnType> types;
    for (const uint32_t key : binding_.schema->key) types.push_back(binding_.schema->columns[key].type);
    feed_.emplace(connection_, std::move(types));
}

// A key whose column was widened in the target is cast as the append casts it.
void KeyDeleter::prepare_join() {
    std::string condition;
    for (size_t index = 0; index < binding_.key_columns.size(); ++index) {
        const std::string type = sql_type(*relation_.columns[binding_.key_columns[index]].type);
        condition += fmt::format("{}{} = s.c{}::{}", index == 0 ? "" : " AND ", key_column(index), index + 1, type);
    }
    delete_joined_.emplace(connection_, fmt::format("DELETE FROM {} AS t USING {}() AS s WHERE {}", relation_.sql(),
                                                    feed_->function(), condition));
    plan_is_good_until_ = 2 * appended_ + kSmallTableRows;
}

}  // namespace pintail::duck
