#include "duck/chunk_fill.hpp"

#include <cstring>

#include "core/error.hpp"
#include "duck/sql_type.hpp"

namespace pintail::duck {
namespace {

// The appender collects 204,800 rows before it hands them on: with wide rows that is too much memory.
constexpr size_t kFlushBytes = 16u << 20;

template <typename Cell>
void gather(std::byte* to, const std::byte* from, const uint32_t* rows, size_t count) {
    for (size_t index = 0; index < count; ++index) {
        std::memcpy(to + index * sizeof(Cell), from + size_t{rows[index]} * sizeof(Cell), sizeof(Cell));
    }
}

void copy_cells(std::byte* to, const Column& column, const RowSelection& selection) {
    const std::byte* from = column.cells();
    const size_t width = column.width();
    if (selection.count == 0 || width == 0) return;
    if (selection.rows == nullptr) {
        std::memcpy(to, from + selection.first * width, selection.count * width);
        return;
    }
    switch (width) {
        case 1: return gather<uint8_t>(to, from, selection.rows, selection.count);
        case 2: return gather<uint16_t>(to, from, selection.rows, selection.count);
        case 4: return gather<uint32_t>(to, from, selection.rows, selection.count);
        case 8: return gather<uint64_t>(to, from, selection.rows, selection.count);
        case 16: return gather<Int128>(to, from, selection.rows, selection.count);
        default: throw Error(ErrorKind::internal, "a cell of unknown width");
    }
}

void copy_validity(duckdb_vector vector, const Column& column, const RowSelection& selection) {
    if (!column.has_nulls()) return;
    duckdb_vector_ensure_validity_writable(vector);
    uint64_t* validity = duckdb_vector_get_validity(vector);
    for (size_t index = 0; index < selection.count; ++index) {
        if (column.is_null(selection.row(index))) validity[index / 64] &= ~(uint64_t{1} << (index % 64));
    }
}

size_t string_bytes(const std::byte* cells, size_t count) {
    const auto* strings = reinterpret_cast<const StringCell*>(cells);
    size_t bytes = 0;
    for (size_t index = 0; index < count; ++index) bytes += strings[index].length;
    return bytes;
}

// Elements are packed anew: only those of the selected rows go along.
size_t fill_list(duckdb_vector vector, const Column& column, const ColumnType& type, const RowSelection& selection) {
    auto* entries = static_cast<duckdb_list_entry*>(duckdb_vector_get_data(vector));
    std::vector<uint32_t> elements;
    for (size_t index = 0; index < selection.count; ++index) {
        const auto cell = column.at<ListCell>(selection.row(index));
        entries[index] = {elements.size(), cell.length};
        for (uint64_t element = 0; element < cell.length; ++element) {
            elements.push_back(static_cast<uint32_t>(cell.offset + element));
        }
    }
    if (duckdb_list_vector_reserve(vector, elements.size()) == DuckDBError ||
        duckdb_list_vector_set_size(vector, elements.size()) == DuckDBError) {
        throw Error(ErrorKind::destination, "DuckDB has no room for a list's elements");
    }
    const RowSelection inner{elements.data(), 0, elements.size()};
    return fill_vector(duckdb_list_vector_get_child(vector), column.child(0), type.fields[0].type, inner) +
           elements.size() * sizeof(duckdb_list_entry);
}

size_t fill_struct(duckdb_vector vector, const Column& column, const ColumnType& type, const RowSelection& selection) {
    size_t bytes = 0;
    for (size_t index = 0; index < type.fields.size(); ++index) {
        bytes += fill_vector(duckdb_struct_vector_get_child(vector, index), column.child(index),
                             type.fields[index].type, selection);
    }
    return bytes;
}

std::vector<LogicalType> chunk_types(const Appender& appender, const std::vector<ColumnSource>& sources,
                                     const std::vector<const ColumnType*>& target_types) {
    std::vector<LogicalType> types;
    types.reserve(sources.size());
    for (size_t index = 0; index < sources.size(); ++index) {
        const bool as_target = sources[index].column == nullptr || *sources[index].type == *target_types[index];
        types.push_back(as_target ? appender.column_type(index) : logical_type(*sources[index].type));
    }
    return types;
}

size_t fill_chunk(const Chunk& chunk, const std::vector<ColumnSource>& sources, size_t from, size_t rows) {
    size_t bytes = 0;
    for (size_t index = 0; index < sources.size(); ++index) {
        const ColumnSource& source = sources[index];
        const duckdb_vector vector = chunk.column(index);
        if (source.column == nullptr) fill_null(vector, rows);
        else bytes += fill_vector(vector, *source.column, *source.type, source.selection.slice(from, rows));
    }
    return bytes;
}

}  // namespace

size_t fill_vector(duckdb_vector vector, const Column& column, const ColumnType& type, const RowSelection& selection) {
    copy_validity(vector, column, selection);
    if (type.kind == TypeKind::list) return fill_list(vector, column, type, selection);
    if (type.kind == TypeKind::structure) return fill_struct(vector, column, type, selection);
    auto* cells = static_cast<std::byte*>(duckdb_vector_get_data(vector));
    copy_cells(cells, column, selection);
    return is_string(type.kind) ? string_bytes(cells, selection.count) : selection.count * column.width();
}

void fill_null(duckdb_vector vector, size_t rows) {
    duckdb_vector_ensure_validity_writable(vector);
    std::memset(duckdb_vector_get_validity(vector), 0, (rows + 63) / 64 * sizeof(uint64_t));
}

void append_rows(Appender& appender, const std::vector<ColumnSource>& sources,
                 const std::vector<const ColumnType*>& target_types, size_t rows) {
    if (rows == 0) return;
    Chunk chunk(chunk_types(appender, sources, target_types));
    const size_t chunk_rows = duckdb_vector_size();
    size_t buffered_bytes = 0;
    for (size_t from = 0; from < rows; from += chunk_rows) {
        const size_t count = std::min(chunk_rows, rows - from);
        chunk.reset();
        buffered_bytes += fill_chunk(chunk, sources, from, count);
        chunk.set_rows(count);
        appender.append(chunk);
        if (buffered_bytes < kFlushBytes) continue;
        appender.flush();
        buffered_bytes = 0;
    }
}

}  // namespace pintail::duck
