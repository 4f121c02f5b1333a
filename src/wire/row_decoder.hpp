// Rows of `before`, `after` and keys → cells of a RowBatch.
#pragma once

#include <optional>
#include <string>

#include "core/row_batch.hpp"
#include "wire/row_plan.hpp"

namespace pintail::wire {

// What a row's cells may say beside their values.
struct RowRules {
    // Debezium's placeholder for unchanged TOAST values is one; in an insert or a snapshot it is a value like any.
    bool has_placeholders = false;
    Token before = 0;            // the row's earlier image, which then has the value; 0: none
    bool unknown_nulls = false;  // a field that the plan does not know may be there as long as it is null
};

class RowDecoder {
public:
    // Appends one cell to every column (where the object has no such field: the column's default, else NULL), neither
    // op nor origin. On an Error
    // or on false the caller takes the row back with RowBatch::truncate.
    // false: the object has a field that neither the plan nor `ignored` knows: unknown_field().
    bool decode(const RowPlan& plan, const JsonTokens& json, Token object, const RowRules& rules,
                const FieldNames& ignored, RowBatch& rows);

    // The same for a key: its columns' cells; the others are NULL. Error (data) when a key column is missing.
    void decode_key(const RowPlan& plan, const JsonTokens& json, Token object, RowBatch& rows);

    const std::string& unknown_field() const { return unknown_field_; }

    // The token behind the object that was decoded last.
    Token end() const { return end_; }

private:
    struct Row;

    Token decode_field(Row& row, uint32_t column, Token value);
    Token decode_placeholder(Row& row, uint32_t column, Token value);
    void fill_missing_with_defaults(Row& row);
    void fill_missing(Row& row);

    std::string scratch_;
    std::string unknown_field_;
    Token end_ = 0;
};

}  // namespace pintail::wire
