// COPY … TO STDOUT (FORMAT binary) → rows of a RowBatch (https://www.postgresql.org/docs/current/sql-copy.html, "Binary
// Format").
//
// Feed what the server sends, message by message: each holds whole rows. Columns for which PgLayout::copies_as_text()
// have to be selected as text. Pure, one thread.
#pragma once

#include <string_view>

#include "core/row_batch.hpp"
#include "wire/byte_reader.hpp"
#include "wire/pg_layout.hpp"

namespace pintail::wire {

class CopyBinaryDecoder {
public:
    explicit CopyBinaryDecoder(const PgLayout& layout) : layout_(layout) {}

    // Appends the message's rows as Op::snapshot. Error (data) for what is no such message.
    void feed(std::string_view message, const RowOrigin& origin, RowBatch& rows);

    bool finished() const { return finished_; }  // the trailer was seen

private:
    void read_row(ByteReader& in, RowBatch& rows);
    void read_cell(ByteReader& in, size_t column, RowBatch& rows);

    const PgLayout& layout_;
    bool started_ = false;
    bool finished_ = false;
};

}  // namespace pintail::wire
