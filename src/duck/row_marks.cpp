#include "duck/row_marks.hpp"

#include <fmt/format.h>

#include "duck/chunk_fill.hpp"

namespace pintail::duck {
namespace {

constexpr size_t kFewRows = 4;

const ColumnType kBigint{TypeKind::int64};
const ColumnType kTime{TypeKind::timestamp_tz};

// temp.main.pintail_marks (r, at)
void stage(const Connection& connection, const std::vector<RowMark>& marks) {
    connection.run("CREATE OR REPLACE TEMP TABLE pintail_marks (r BIGINT, marked_at TIMESTAMPTZ)");
    Column rowids(kBigint);
    Column times(kTime);
    for (const RowMark& mark : marks) {
        rowids.push(mark.rowid);
        times.push(mark.time_us);
    }
    Appender appender(connection, "temp", "main", "pintail_marks");
    append_rows(appender,
                {{&rowids, &kBigint, {nullptr, 0, marks.size()}}, {&times, &kTime, {nullptr, 0, marks.size()}}},
                {&kBigint, &kTime}, marks.size());
    appender.finish();
}

}  // namespace

void mark_rows(const Connection& connection, const Relation& relation, const std::string& assignments,
               const std::vector<RowMark>& marks) {
    if (marks.empty()) return;
    if (marks.size() <= kFewRows) {
        for (const RowMark& mark : marks) {
            connection.run(fmt::format(
                "UPDATE {} AS t SET {} FROM (SELECT make_timestamptz({}) AS marked_at) AS m WHERE t.rowid = {}",
                relation.sql(), assignments, mark.time_us, mark.rowid));
        }
        return;
    }
    stage(connection, marks);
    connection.run(fmt::format("UPDATE {} AS t SET {} FROM temp.main.pintail_marks AS m WHERE t.rowid = m.r",
                               relation.sql(), assignments));
}

void delete_rows(const Connection& connection, const Relation& relation, const std::vector<int64_t>& rowids) {
    if (rowids.empty()) return;
    if (rowids.size() <= kFewRows) {
        for (const int64_t rowid : rowids)
            connection.run(fmt::format("DELETE FROM {} WHERE rowid = {}", relation.sql(), rowid));
        return;
    }
    std::vector<RowMark> marks;
    for (const int64_t rowid : rowids) marks.push_back({rowid, 0});
    stage(connection, marks);
    connection.run(
        fmt::format("DELETE FROM {} AS t USING temp.main.pintail_marks AS m WHERE t.rowid = m.r", relation.sql()));
}

}  // namespace pintail::duck
