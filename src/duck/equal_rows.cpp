#include "duck/equal_rows.hpp"

#include <fmt/format.h>

#include "duck/quote.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

const ColumnType kBigint{TypeKind::int64};

// The source has such a column still: what is kept of a dropped one says nothing about the row that is meant, nor does
// one of the mode or of somebody else.
bool is_compared(const WriteJob& job, size_t index) {
    return job.relation.columns[index].type && job.binding.batch_column[index] >= 0;
}

// temp.main.pintail_removed (cN, …, n, times): the cells of the rows, their index, a number that comes along.
void stage_removed(const WriteJob& job, const std::vector<uint32_t>& removed, const std::vector<int64_t>& counts) {
    std::string columns;
    std::vector<ColumnSource> sources;
    std::vector<const ColumnType*> types;
    const RowSelection selection{removed.data(), 0, removed.size()};
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        if (!is_compared(job, index)) continue;
        const ColumnType& type = *job.relation.columns[index].type;
        const int from = job.binding.batch_column[index];
        columns += fmt::format("c{} {}, ", index, sql_type(type));
        sources.push_back({&job.rows.columns[from], &job.rows.schema->columns[from].type, selection});
        types.push_back(&type);
    }
    Column number(kBigint);
    Column times(kBigint);
    for (size_t row = 0; row < removed.size(); ++row) {
        number.push(static_cast<int64_t>(row));
        times.push(counts[row]);
    }
    for (const Column* column : {&number, &times}) {
        sources.push_back({column, &kBigint, {nullptr, 0, removed.size()}});
        types.push_back(&kBigint);
    }
    job.connection.run(fmt::format("CREATE OR REPLACE TEMP TABLE pintail_removed ({}n BIGINT, times BIGINT)", columns));
    Appender appender(job.connection, "temp", "main", "pintail_removed");
    append_rows(appender, sources, types, removed.size());
    appender.finish();
}

std::string same_cells(const WriteJob& job) {
    std::string sql;
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        if (!is_compared(job, index)) continue;
        const TargetColumn& column = job.relation.columns[index];
        sql += (sql.empty() ? "" : " AND ") +
               same_cell(*column.type, "t." + quote_name(column.name), fmt::format("s.c{}", index));
    }
    return sql.empty() ? "true" : sql;
}

}  // namespace

std::string same_cell(const ColumnType& type, const std::string& a, const std::string& b) {
    std::string sql = fmt::format("{} IS NOT DISTINCT FROM {}", a, b);
    if (equality_is_coarse(type)) sql += fmt::format(" AND {}::VARCHAR IS NOT DISTINCT FROM {}::VARCHAR", a, b);
    return sql;
}

// min(rowid, times) keeps the `times` lowest row ids per removed row and never more than that in memory.
std::string equal_rows_query(const WriteJob& job, const std::vector<uint32_t>& removed,
                             const std::vector<int64_t>& times, const std::string& condition) {
    stage_removed(job, removed, times);
    return fmt::format(
        "SELECT s.n, unnest(min(t.rowid, s.times)) AS r FROM {} AS t JOIN temp.main.pintail_removed AS s ON {} WHERE "
        "{} GROUP BY s.n",
        job.relation.sql(), same_cells(job), condition);
}

std::vector<FoundRow> find_equal_rows(const WriteJob& job, const std::vector<uint32_t>& removed,
                                      const std::vector<int64_t>& times, const std::string& condition,
                                      const std::string& value) {
    if (removed.empty()) return {};
    return found_rows(job.connection.query(
        fmt::format("SELECT q.n, q.r, {} FROM ({}) AS q JOIN {} AS t ON t.rowid = q.r ORDER BY q.n, q.r", value,
                    equal_rows_query(job, removed, times, condition), job.relation.sql())));
}

std::vector<size_t> rows_equal_to(const WriteJob& job, const std::vector<uint32_t>& rows,
                                  const std::vector<int64_t>& rowids) {
    if (rows.empty()) return {};
    stage_removed(job, rows, rowids);
    std::vector<size_t> equal;
    for (const FoundRow& found :
         found_rows(job.connection.query(fmt::format("SELECT s.n, t.rowid, 0::BIGINT FROM {} AS t JOIN "
                                                     "temp.main.pintail_removed AS s ON t.rowid = s.times WHERE {}",
                                                     job.relation.sql(), same_cells(job))))) {
        equal.push_back(found.index);
    }
    return equal;
}

}  // namespace pintail::duck
