// INSERT, UPDATE and DELETE of pgoutput → rows of a RowBatch.
//
// What an update becomes (docs/direct.md, "Changes"): the new row, whose unchanged TOAST cells come from the old row
// where the message has it; a changed key adds a remove of the old key, linked by KeyChange; a table without a key
// gets the removal of the old row and the new row.
#pragma once

#include <string_view>
#include <vector>

#include "core/row_batch.hpp"
#include "wire/pg_layout.hpp"
#include "wire/pgoutput.hpp"

namespace pintail::wire {

class PgRowDecoder {
public:
    // Appends the rows of one insert, update or remove. On an Error (data, schema) `rows` is as it was before.
    void decode(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows);

private:
    struct Cell {
        char kind = 'n';
        std::string_view bytes;
    };
    using Tuple = std::vector<Cell>;

    void insert(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows);
    void update(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows);
    void remove(const PgLayout& layout, const PgMessage& message, const RowOrigin& origin, RowBatch& rows);
    void split(const PgLayout& layout, std::string_view bytes, Tuple& tuple);
    void fill_from_old(const PgLayout& layout, const PgMessage& message);
    bool key_changed(const PgLayout& layout) const;
    void push_row(const PgLayout& layout, const Tuple& tuple, Op op, const RowOrigin& origin, RowBatch& rows);
    void push_key(const PgLayout& layout, const RowOrigin& origin, RowBatch& rows);
    void push_cell(const PgLayout& layout, size_t column, const Cell& cell, RowBatch& rows);

    Tuple old_;
    Tuple new_;
};

}  // namespace pintail::wire
