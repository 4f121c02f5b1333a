// Rows into one table by a prepared INSERT that reads them where they lie (RowFeed): few take 0.07 ms where an appender
// takes 0.23, which is what small batches consist of, and many are spared the appender's copy of them.
//
// One per bound relation, on the loader's thread; made anew after an Error or a new shape.
#pragma once

#include <optional>
#include <vector>

#include "duck/chunk_fill.hpp"
#include "duck/connection.hpp"
#include "duck/row_feed.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

class RowInserter {
public:
    // Borrows both.
    RowInserter(const Connection& connection, const Relation& relation)
        : connection_(connection), relation_(relation) {}

    // `rows` rows, one source per column of the relation (a null one: NULL in all rows). A source whose type differs
    // from the column's is cast by DuckDB (only lossless widenings come here). `target_types`: null for a column of a
    // type that pintail does not make.
    void insert(const std::vector<ColumnSource>& sources, const std::vector<const ColumnType*>& target_types,
                size_t rows);

private:
    void prepare(const std::vector<ColumnSource>& sources, const std::vector<const ColumnType*>& target_types);

    const Connection& connection_;
    const Relation& relation_;
    std::vector<size_t> fed_;  // columns that the feed gives; the others are NULL
    std::optional<RowFeed> feed_;
    std::optional<Statement> insert_;
};

}  // namespace pintail::duck
