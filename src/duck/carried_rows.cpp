#include "duck/carried_rows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "duck/quote.hpp"
#include "duck/row_slices.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

constexpr const char* kStage = "temp.main.pintail_partial";
constexpr const char* kCarried = "temp.main.pintail_carried";

const ColumnType kBigint{TypeKind::int64};

}  // namespace

// (g, r, one cN per column of the target that has cells here)
void CarriedRows::stage() const {
    const size_t count = merged_.partial.size();
    std::vector<uint32_t> rows;
    Column group(kBigint);
    Column holder(kBigint);
    for (size_t index = 0; index < count; ++index) {
        rows.push_back(merged_.partial[index].row);
        group.push(static_cast<int64_t>(merged_.partial[index].group));
        holder.push(holders_[index]);
    }
    std::string columns = "g BIGINT, r BIGINT";
    std::vector<ColumnSource> sources{{&group, &kBigint, {nullptr, 0, count}},
                                      {&holder, &kBigint, {nullptr, 0, count}}};
    std::vector<const ColumnType*> types{&kBigint, &kBigint};
    const auto add = [&](size_t target_column, const ColumnSource& source) {
        const ColumnType& type = *job_.relation.columns[target_column].type;
        columns += fmt::format(", c{} {}", target_column, sql_type(type));
        sources.push_back(source);
        types.push_back(&type);
    };
    for (const size_t index : sent_) {
        const size_t from = job_.binding.batch_column[index];
        const auto& cells = merged_.partial_cells[from];
        add(index, {&job_.rows.columns[from],
                    &job_.rows.schema->columns[from].type,
                    {cells.empty() ? rows.data() : cells.data(), 0, count}});
    }
    for (const auto& [index, column] : added_)
        add(index, {column, &*job_.relation.columns[index].type, {nullptr, 0, count}});
    job_.connection.run(fmt::format("CREATE OR REPLACE TEMP TABLE pintail_partial ({})", columns));
    Appender appender(job_.connection, "temp", "main", "pintail_partial");
    append_rows(appender, sources, types, count);
    appender.finish();
}

bool CarriedRows::in_target(size_t group, size_t column) const {
    const int from = job_.binding.batch_column[column];
    return from >= 0 && merged_.groups[group].in_target[from];
}

std::string CarriedRows::cells_of(size_t group) const {
    std::string sql;
    for (size_t index = 0; index < job_.relation.columns.size(); ++index) {
        const bool staged = job_.binding.batch_column[index] >= 0 || added_.contains(index);
        const std::string name = quote_name(job_.relation.columns[index].name);
        if (!sql.empty()) sql += ", ";
        sql += in_target(group, index) ? "t." + name : staged ? fmt::format("s.c{}", index) : "NULL";
    }
    return sql;
}

void CarriedRows::read() {
    stage();
    const bool lost = std::find(holders_.begin(), holders_.end(), kNoRowId) != holders_.end();
    if (lost) quarantine_lost();
    job_.connection.run(
        fmt::format("CREATE OR REPLACE TEMP TABLE pintail_carried AS SELECT * FROM {} LIMIT 0", job_.relation.sql()));
    for (size_t group = 0; group < merged_.groups.size(); ++group) {
        job_.connection.run(
            fmt::format("INSERT INTO {} SELECT {} FROM {} AS s JOIN {} AS t ON t.rowid = s.r WHERE s.g = {}", kCarried,
                        cells_of(group), kStage, job_.relation.sql(), group));
    }
}

void CarriedRows::quarantine_lost() const {
    for (size_t group = 0; group < merged_.groups.size(); ++group) {
        std::string members;
        for (const size_t index : sent_) {
            if (in_target(group, index)) continue;
            members += fmt::format("{}{}: c{}", members.empty() ? "" : ", ",
                                   quote_name(job_.relation.columns[index].name), index);
        }
        job_.result.rows_quarantined += job_.quarantine.store_rows(
            to_string(job_.rows.schema->name),
            "the change leaves cells out as unchanged, and the target has no row under its key to keep them in",
            fmt::format("SELECT to_json({{{}}})::VARCHAR FROM {} WHERE g = {} AND r = {}", members, kStage, group,
                        kNoRowId));
    }
}

void CarriedRows::insert() const {
    for (const int64_t first : row_slices(job_.connection, kCarried)) {
        job_.result.rows_written += job_.connection.run(fmt::format(
            "INSERT INTO {} SELECT * FROM {} AS c WHERE {}", job_.relation.sql(), kCarried, in_slice("c", first)));
    }
}

}  // namespace pintail::duck
