// A value that is none of its column's type in the target, and what becomes of it: it is kept beside the column.
#pragma once

#include <string>
#include <string_view>

#include "core/column_policy.hpp"
#include "core/error.hpp"
#include "core/row_batch.hpp"

namespace pintail::wire {

// Thrown by cell decoders. exact_text(): the value as Postgres prints it; empty when the decoder was given just that.
class BeyondType : public Error {
public:
    BeyondType(const Error& why, std::string exact_text) : Error(why), exact_text_(std::move(exact_text)) {}
    const std::string& exact_text() const { return exact_text_; }

private:
    std::string exact_text_;
};

// Instead of the cell that could not be made: NULL in the column, the text in an ExactCell of the row being appended.
// A text that is not UTF-8 (a database in SQL_ASCII may have any bytes) stands there as Postgres writes a bytea:
// \x6dff. Error (data) where the policy is `stop` or the column is part of the key: its values tell rows apart.
void keep_exact(RowBatch& rows, uint32_t column, std::string_view text, ColumnPolicy policy, const BeyondType& why);

}  // namespace pintail::wire
