#include "duck/key_statement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "duck/chunk_fill.hpp"
#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

// A plan made for an empty table would build its hash table on a big one: it is made anew when the table may have
// doubled.
constexpr uint64_t kSmallTableRows = 2048;

const ColumnType kBigint{TypeKind::int64};

}  // namespace

void KeyStatement::run(const RowBatch& batch, const std::vector<uint32_t>& rows, const OnResult& on_result) {
    const std::vector<uint32_t> indexes = fresh_.possible(batch, rows);
    if (indexes.empty()) return;
    const bool one_by_one = can_bind_all() && cost_.one_by_one_pays(indexes.size());
    const KeyCost::Watch watch(cost_, one_by_one, indexes.size());
    if (one_by_one) run_one_by_one(batch, rows, indexes, on_result);
    else run_joined(batch, rows, indexes, on_result);
}

void KeyStatement::note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows) {
    appended_ += rows.size();
    fresh_.note_appended(batch, rows);
}

void KeyStatement::note_copied(size_t rows) {
    appended_ += rows;
    fresh_.forget();
}

bool KeyStatement::can_bind_all() const {
    return std::all_of(binding_.schema->key.begin(), binding_.schema->key.end(),
                       [&](uint32_t key) { return can_bind(binding_.schema->columns[key].type.kind); });
}

std::string KeyStatement::key_column(size_t index) const {
    return "t." + quote_name(relation_.columns[binding_.key_columns[index]].name);
}

// `null`: SQL that is NULL, but of which no plan knows that.
std::string KeyStatement::is_null(const std::string& null) const {
    return null_column_.empty() ? ""
                                : fmt::format(" AND t.{} IS NOT DISTINCT FROM {}::TIMESTAMPTZ", null_column_, null);
}

void KeyStatement::run_one_by_one(const RowBatch& batch, const std::vector<uint32_t>& rows,
                                  const std::vector<uint32_t>& indexes, const OnResult& on_result) {
    if (!one_) prepare_one();
    for (const uint32_t index : indexes) {
        bind_key(batch, rows[index]);
        on_result(one_->execute(), {index});
    }
}

void KeyStatement::bind_key(const RowBatch& batch, uint32_t row) {
    for (size_t index = 0; index < batch.schema->key.size(); ++index) {
        const uint32_t column = batch.schema->key[index];
        bind_cell(*one_, index + 1, batch.columns[column], batch.schema->columns[column].type, row);
    }
}

// Where the target's column is wider. Without it DuckDB would cast the column: old values that the key's type does not
// hold (a text that was no number) would be an error.
std::string KeyStatement::cast_to_target(size_t index) const {
    const ColumnType& target = *relation_.columns[binding_.key_columns[index]].type;
    const ColumnType& sent = binding_.schema->columns[binding_.schema->key[index]].type;
    return target == storable(sent) ? "" : "::" + sql_type(target);
}

void KeyStatement::prepare_one() {
    std::string condition;
    for (size_t index = 0; index < binding_.key_columns.size(); ++index) {
        condition +=
            fmt::format("{}{} = ${}{}", index == 0 ? "" : " AND ", key_column(index), index + 1, cast_to_target(index));
    }
    const size_t null = binding_.key_columns.size() + 1;
    condition += is_null(fmt::format("${}", null));
    one_.emplace(connection_, make_sql_({"", condition, "0::BIGINT"}));
    if (!null_column_.empty()) one_->bind_null(null);
}

// c1, c2, … of the feed are the key, the column behind them counts the keys, the last one is NULL.
void KeyStatement::run_joined(const RowBatch& batch, const std::vector<uint32_t>& rows,
                              const std::vector<uint32_t>& indexes, const OnResult& on_result) {
    std::vector<uint32_t> wanted;
    Column numbers(kBigint);
    for (const uint32_t index : indexes) {
        numbers.push(static_cast<int64_t>(wanted.size()));
        wanted.push_back(rows[index]);
    }
    std::vector<ColumnSource> sources;
    for (const uint32_t key : batch.schema->key) {
        sources.push_back({&batch.columns[key], &batch.schema->columns[key].type, {wanted.data(), 0, wanted.size()}});
    }
    sources.push_back({&numbers, &kBigint, {nullptr, 0, wanted.size()}});
    sources.emplace_back();
    if (!feed_) make_feed();
    feed_->show(std::move(sources), wanted.size());
    if (!joined_ || appended_ > plan_is_good_until_) prepare_join();
    const Result result = joined_->execute();
    feed_->show_nothing();
    on_result(result, indexes);
}

void KeyStatement::make_feed() {
    std::vector<ColumnType> types;
    for (const uint32_t key : binding_.schema->key) types.push_back(binding_.schema->columns[key].type);
    types.push_back(kBigint);
    types.push_back({TypeKind::timestamp_tz});
    feed_.emplace(connection_, std::move(types));
}

// A key whose column was widened in the target is cast as the append casts it.
void KeyStatement::prepare_join() {
    std::string condition;
    for (size_t index = 0; index < binding_.key_columns.size(); ++index) {
        const std::string type = sql_type(*relation_.columns[binding_.key_columns[index]].type);
        condition += fmt::format("{}{} = s.c{}::{}", index == 0 ? "" : " AND ", key_column(index), index + 1, type);
    }
    const std::string index = fmt::format("s.c{}", binding_.key_columns.size() + 1);
    condition += is_null(fmt::format("s.c{}", binding_.key_columns.size() + 2));
    joined_.emplace(connection_, make_sql_({feed_->function() + "() AS s", condition, index}));
    plan_is_good_until_ = 2 * appended_ + kSmallTableRows;
}

}  // namespace pintail::duck
