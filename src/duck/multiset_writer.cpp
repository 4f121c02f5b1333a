#include <fmt/format.h>

#include "core/error.hpp"
#include "duck/multiset.hpp"
#include "duck/quote.hpp"
#include "duck/row_writer.hpp"
#include "duck/sql_type.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {
namespace {

// The source has such a column still: what is kept of a dropped one says nothing about the row that is meant.
bool is_compared(const WriteJob& job, size_t index) {
    return job.relation.columns[index].type && job.binding.batch_column[index] >= 0;
}

// DuckDB's equality finds the candidates; where it is coarser than the bits, its text (which tells months from days)
// decides.
std::string same_cells(const WriteJob& job) {
    std::string sql;
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        const TargetColumn& column = job.relation.columns[index];
        if (!is_compared(job, index)) continue;
        const std::string name = quote_name(column.name);
        sql += fmt::format("{}t.{} IS NOT DISTINCT FROM s.c{}", sql.empty() ? "" : " AND ", name, index);
        if (equality_is_coarse(*column.type)) sql += fmt::format(" AND t.{}::VARCHAR IS NOT DISTINCT FROM s.c{}::VARCHAR", name, index);
    }
    return sql.empty() ? "true" : sql;
}

const ColumnType kBigint{TypeKind::int64};

void stage_removed(const WriteJob& job, const MultisetChanges& changes) {
    std::string columns;
    std::vector<ColumnSource> sources;
    std::vector<const ColumnType*> types;
    const RowSelection selection{changes.removed.data(), 0, changes.removed.size()};
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        if (!is_compared(job, index)) continue;
        const TargetColumn& column = job.relation.columns[index];
        const int from = job.binding.batch_column[index];
        columns += fmt::format("c{} {}, ", index, sql_type(*column.type));
        sources.push_back({&job.rows.columns[from], &job.rows.schema->columns[from].type, selection});
        types.push_back(&*column.type);
    }
    Column number(kBigint);
    Column times(kBigint);
    for (size_t row = 0; row < changes.removed.size(); ++row) {
        number.push(static_cast<int64_t>(row));
        times.push(changes.times[row]);
    }
    for (const Column* column : {&number, &times}) {
        sources.push_back({column, &kBigint, {nullptr, 0, changes.removed.size()}});
        types.push_back(&kBigint);
    }
    job.connection.run(fmt::format("CREATE OR REPLACE TEMP TABLE pintail_removed ({}n BIGINT, times BIGINT)", columns));
    Appender appender(job.connection, "temp", "main", "pintail_removed");
    append_rows(appender, sources, types, changes.removed.size());
    appender.finish();
}

// min(rowid, times) keeps the `times` lowest row ids per removed row and never more than that in memory.
void delete_removed(const WriteJob& job, const MultisetChanges& changes) {
    stage_removed(job, changes);
    const uint64_t removed = job.connection.run(fmt::format(
        "DELETE FROM {0} WHERE rowid IN (SELECT unnest(min(t.rowid, s.times)) FROM {0} AS t JOIN temp.main.pintail_removed AS s ON {1} GROUP BY s.n)",
        job.relation.sql(), same_cells(job)));
    uint64_t wanted = 0;
    for (const int64_t times : changes.times) wanted += static_cast<uint64_t>(times);
    job.result.rows_removed += removed;
    job.result.removes_without_row += wanted - std::min(removed, wanted);
}

}  // namespace

void write_multiset(const WriteJob& job) {
    if (has_unchanged(job.rows)) {
        throw Error(ErrorKind::data, fmt::format("table {} has no key, yet a change leaves cells out as unchanged: they cannot be found. "
                                                 "Set REPLICA IDENTITY FULL on it", to_string(job.rows.schema->name)));
    }
    const MultisetChanges changes = net_changes(job.rows);
    if (!changes.removed.empty()) delete_removed(job, changes);
    const bool all = changes.inserts.size() == job.rows.rows();
    append_survivors(job, all ? RowSelection{nullptr, 0, job.rows.rows()} : RowSelection{changes.inserts.data(), 0, changes.inserts.size()}, {});
}

}  // namespace pintail::duck
