#include "core/row_batch.hpp"

namespace pintail {

RowBatch::RowBatch(std::shared_ptr<const TableSchema> of_schema) : schema(std::move(of_schema)) {
    columns.reserve(schema->columns.size());
    for (const ColumnSchema& column : schema->columns) columns.emplace_back(column.type);
}

size_t RowBatch::memory_bytes() const {
    size_t bytes = arena.capacity_bytes() + ops.capacity() + origins.capacity() * sizeof(RowOrigin) +
                   exact_cells.capacity() * sizeof(ExactCell);
    for (const Column& column : columns) bytes += column.memory_bytes();
    return bytes;
}

void RowBatch::truncate(size_t rows) {
    if (rows < ops.size()) ops.resize(rows);
    if (rows < origins.size()) origins.resize(rows);
    for (Column& column : columns) column.truncate(rows);
    while (!key_changes.empty() && key_changes.back().row >= rows) key_changes.pop_back();
    while (!exact_cells.empty() && exact_cells.back().row >= rows) exact_cells.pop_back();
}

}  // namespace pintail
