#include "duck/row_writer.hpp"

#include <fmt/format.h>

#include "duck/sql_type.hpp"

namespace pintail::duck {

void append_survivors(const WriteJob& job, const RowSelection& selection, const std::vector<const uint32_t*>& merged) {
    if (selection.count == 0) return;
    std::vector<ColumnSource> sources;
    std::vector<const ColumnType*> types;
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        const auto& type = job.relation.columns[index].type;
        types.push_back(type ? &*type : nullptr);
        const int from = job.binding.batch_column[index];
        if (from < 0) {
            sources.emplace_back();
            continue;
        }
        const uint32_t* rows = merged.empty() ? nullptr : merged[from];
        sources.push_back({&job.rows.columns[from], &job.rows.schema->columns[from].type,
                           rows != nullptr ? RowSelection{rows, 0, selection.count} : selection});
    }
    if (!job.few.append(sources, types, selection.count)) {
        Appender appender(job.connection, job.relation.catalog, job.relation.schema, job.relation.name);
        append_rows(appender, sources, types, selection.count);
        appender.finish();
    }
    job.result.rows_written += selection.count;
}

std::string stage_columns(const Relation& relation, const std::vector<size_t>& columns, const std::string& prefix) {
    std::string sql;
    for (size_t index = 0; index < columns.size(); ++index) {
        sql += fmt::format("{}{}{} {}", index == 0 ? "" : ", ", prefix, index + 1, sql_type(*relation.columns[columns[index]].type));
    }
    return sql;
}

}  // namespace pintail::duck
