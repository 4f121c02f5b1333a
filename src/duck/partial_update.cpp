#include "duck/partial_update.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

constexpr const char* kStage = "temp.main.pintail_partial";
constexpr const char* kFound = "temp.main.pintail_found";

const ColumnType kBigint{TypeKind::int64};
const ColumnType kBoolean{TypeKind::boolean};

}  // namespace

PartialUpdate::PartialUpdate(const WriteJob& job, const MergedRows& merged)
    : job_(job), merged_(merged), sent_(sent_columns(job.binding)) {
    for (const PartialRow& partial : merged.partial) {
        partial_rows_.push_back(partial.row);
        origin_rows_.push_back(partial.origin != kNoRow ? partial.origin : partial.row);
    }
}

std::string PartialUpdate::target_name(size_t index) const {
    return quote_name(job_.relation.columns[index].name);
}

void PartialUpdate::create_stage() const {
    job_.connection.run(fmt::format(
        "CREATE OR REPLACE TEMP TABLE pintail_partial (n BIGINT, g BIGINT, has_origin BOOLEAN, {}, {})",
        stage_columns(job_.relation, job_.binding.key_columns, "k"), stage_columns(job_.relation, sent_, "c")));
}

const uint32_t* PartialUpdate::cell_rows(size_t batch_column) const {
    const auto& rows = merged_.partial_cells[batch_column];
    return rows.empty() ? partial_rows_.data() : rows.data();
}

void PartialUpdate::fill_stage() const {
    Column number(kBigint);
    Column group(kBigint);
    Column has_origin(kBoolean);
    for (size_t row = 0; row < merged_.partial.size(); ++row) {
        number.push(static_cast<int64_t>(row));
        group.push(static_cast<int64_t>(merged_.partial[row].group));
        has_origin.push(static_cast<uint8_t>(merged_.partial[row].origin != kNoRow));
    }
    const size_t count = merged_.partial.size();
    std::vector<ColumnSource> sources{{&number, &kBigint, {nullptr, 0, count}},
                                      {&group, &kBigint, {nullptr, 0, count}},
                                      {&has_origin, &kBoolean, {nullptr, 0, count}}};
    std::vector<const ColumnType*> types{&kBigint, &kBigint, &kBoolean};
    const auto add = [&](size_t batch_column, size_t target_column, const uint32_t* rows) {
        sources.push_back(
            {&job_.rows.columns[batch_column], &job_.rows.schema->columns[batch_column].type, {rows, 0, count}});
        types.push_back(&*job_.relation.columns[target_column].type);
    };
    for (size_t key = 0; key < job_.binding.key_columns.size(); ++key)
        add(job_.rows.schema->key[key], job_.binding.key_columns[key], origin_rows_.data());
    for (const size_t index : sent_)
        add(job_.binding.batch_column[index], index, cell_rows(job_.binding.batch_column[index]));
    Appender appender(job_.connection, "temp", "main", "pintail_partial");
    append_rows(appender, sources, types, count);
    appender.finish();
}

void PartialUpdate::find() {
    create_stage();
    fill_stage();
    std::string same_key;
    for (size_t key = 0; key < job_.binding.key_columns.size(); ++key) {
        same_key += fmt::format(" AND t.{} = s.k{}", target_name(job_.binding.key_columns[key]), key + 1);
    }
    const uint64_t found =
        job_.connection.run(fmt::format("CREATE OR REPLACE TEMP TABLE pintail_found AS SELECT s.n, t.rowid AS r FROM "
                                        "{} AS t JOIN {} AS s ON s.has_origin{}",
                                        job_.relation.sql(), kStage, same_key));
    if (found < merged_.partial.size()) quarantine_lost();
    job_.result.rows_written += found;
}

void PartialUpdate::quarantine_lost() const {
    for (size_t group = 0; group < merged_.groups.size(); ++group) {
        std::string members;
        for (size_t index = 0; index < sent_.size(); ++index) {
            if (merged_.groups[group].in_target[job_.binding.batch_column[sent_[index]]]) continue;
            members += fmt::format("{}{}: c{}", members.empty() ? "" : ", ", target_name(sent_[index]), index + 1);
        }
        job_.result.rows_quarantined += job_.quarantine.store_rows(
            to_string(job_.rows.schema->name),
            "the change leaves cells out as unchanged, and the target has no row under its key to keep them in",
            fmt::format("SELECT to_json({{{}}})::VARCHAR FROM {} WHERE g = {} AND n NOT IN (SELECT n FROM {})", members,
                        kStage, group, kFound));
    }
}

void PartialUpdate::update() {
    for (size_t group = 0; group < merged_.groups.size(); ++group) update_group(group);
}

// Only what can differ is set: a key column that keeps its value would be rewritten for nothing.
void PartialUpdate::update_group(size_t group) const {
    const PartialGroup& what = merged_.groups[group];
    const auto& keys = job_.binding.key_columns;
    std::string assignments;
    for (size_t index = 0; index < sent_.size(); ++index) {
        const bool is_key = std::find(keys.begin(), keys.end(), sent_[index]) != keys.end();
        if (what.in_target[job_.binding.batch_column[sent_[index]]] || (is_key && !what.key_changed)) continue;
        assignments +=
            fmt::format("{}{} = s.c{}", assignments.empty() ? "" : ", ", target_name(sent_[index]), index + 1);
    }
    if (assignments.empty()) return;
    job_.connection.run(
        fmt::format("UPDATE {0} SET {1} FROM (SELECT p.*, f.r FROM {2} AS p JOIN {3} AS f ON p.n = f.n WHERE p.g = "
                    "{4}) AS s WHERE {0}.rowid = s.r",
                    job_.relation.sql(), assignments, kStage, kFound, group));
}

}  // namespace pintail::duck
