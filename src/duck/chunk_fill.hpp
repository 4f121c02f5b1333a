// Columns of a RowBatch → DuckDB's vectors and parameters: memcpy for runs, a gather for selections; strings are not
// copied.
//
// The filled vectors point into the arenas of the columns: these must outlive the append.
#pragma once

#include <cstdint>
#include <vector>

#include "core/column.hpp"
#include "duck/connection.hpp"

namespace pintail::duck {

// Which rows of a column: rows[0..count), or, where `rows` is null, first .. first + count.
struct RowSelection {
    const uint32_t* rows = nullptr;
    size_t first = 0;
    size_t count = 0;

    size_t row(size_t index) const { return rows != nullptr ? rows[index] : first + index; }
    RowSelection slice(size_t from, size_t length) const {
        return rows != nullptr ? RowSelection{rows + from, 0, length} : RowSelection{nullptr, first + from, length};
    }
};

// `selection.count` rows from vector row 0 on; the vector must be fresh or reset. Bytes of strings that it refers to.
size_t fill_vector(duckdb_vector vector, const Column& column, const ColumnType& type, const RowSelection& selection);

void fill_null(duckdb_vector vector, size_t rows);

// Where the cells of one target column come from; a null column: NULL in all rows.
struct ColumnSource {
    const Column* column = nullptr;
    const ColumnType* type = nullptr;
    RowSelection selection;
};

// Appends `rows` rows, one ColumnSource per column of the appender's table. A source whose type differs from the
// table's is cast by DuckDB (only lossless widenings come here).
void append_rows(Appender& appender, const std::vector<ColumnSource>& sources,
                 const std::vector<const ColumnType*>& target_types, size_t rows);

// Whether bind_cell() knows the kind.
bool can_bind(TypeKind kind);

// One cell as a parameter; it must not be NULL.
void bind_cell(Statement& statement, size_t parameter, const Column& column, const ColumnType& type, size_t row);

}  // namespace pintail::duck
