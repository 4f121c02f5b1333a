#include "duck/row_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "duck/sql_type.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {

WriteJob job_for(const WriterPlace& place, RowInserter& inserter, const RowBatch& rows, ApplyResult& result) {
    return {place.connection, place.quarantine, place.relation, place.binding, inserter, rows, result};
}

void append_survivors(const WriteJob& job, const RowSelection& selection, const std::vector<const uint32_t*>& merged,
                      const ModeCells& added) {
    if (selection.count == 0) return;
    std::vector<ColumnSource> sources;
    std::vector<const ColumnType*> types;
    for (size_t index = 0; index < job.relation.columns.size(); ++index) {
        const auto& type = job.relation.columns[index].type;
        types.push_back(type ? &*type : nullptr);
        const int from = job.binding.batch_column[index];
        if (from < 0) {
            const auto own = added.find(index);
            if (own == added.end()) sources.emplace_back();
            else sources.push_back({own->second, types.back(), {nullptr, 0, selection.count}});
            continue;
        }
        const uint32_t* rows = merged.empty() ? nullptr : merged[from];
        sources.push_back({&job.rows.columns[from], &job.rows.schema->columns[from].type,
                           rows != nullptr ? RowSelection{rows, 0, selection.count} : selection});
    }
    job.inserter.insert(sources, types, selection.count);
    job.result.rows_written += selection.count;
}

RowSelection select_rows(const std::vector<uint32_t>& rows, const RowBatch& batch) {
    if (rows.size() == batch.rows()) return {nullptr, 0, batch.rows()};
    return {rows.data(), 0, rows.size()};
}

std::string stage_columns(const Relation& relation, const std::vector<size_t>& columns, const std::string& prefix) {
    std::string sql;
    for (size_t index = 0; index < columns.size(); ++index) {
        sql += fmt::format("{}{}{} {}", index == 0 ? "" : ", ", prefix, index + 1,
                           sql_type(*relation.columns[columns[index]].type));
    }
    return sql;
}

std::vector<size_t> sent_columns(const Binding& binding) {
    std::vector<size_t> columns;
    for (size_t index = 0; index < binding.batch_column.size(); ++index) {
        if (binding.batch_column[index] >= 0) columns.push_back(index);
    }
    return columns;
}

bool is_copied(const RowBatch& rows) {
    return rows.hidden && std::all_of(rows.ops.begin(), rows.ops.end(), [](Op op) { return op == Op::snapshot; });
}

void refuse_unchanged(const RowBatch& rows) {
    if (!has_unchanged(rows)) return;
    throw Error(ErrorKind::data,
                fmt::format("table {} has no key, yet a change leaves cells out as unchanged: they cannot be found. "
                            "Set REPLICA IDENTITY FULL on it",
                            to_string(rows.schema->name)));
}

}  // namespace pintail::duck
