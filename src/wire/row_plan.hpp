// How the rows of one table under one schema are written: a plan per column, found by field name.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/table_schema.hpp"
#include "wire/byte_compare.hpp"
#include "wire/cell_plan.hpp"

namespace pintail::wire {

using FieldNames = std::set<std::string, std::less<>>;  // of a row, as the JSON has them

class RowPlan {
public:
    // `cells` are those of schema->columns, in order.
    RowPlan(std::shared_ptr<const TableSchema> schema, std::vector<CellPlan> cells);

    const std::shared_ptr<const TableSchema>& schema() const { return schema_; }
    const std::vector<CellPlan>& cells() const { return cells_; }

    // The same shape was shared before: rows go on under that object.
    void adopt(std::shared_ptr<const TableSchema> schema) { schema_ = std::move(schema); }

    // The column of a field. `expected` is where it most likely is: fields come in the order of the columns.
    // kNoColumn: the plan does not know the field. (Not an optional: written as two parts and read back as one word, it
    // would stall the CPU for each field, 7 % of the time of a row of 12 columns.)
    static constexpr uint32_t kNoColumn = UINT32_MAX;
    uint32_t column_of(std::string_view raw_key, size_t expected) const {
        if (expected < raw_names_.size() && same_text(raw_names_[expected], raw_key))
            return static_cast<uint32_t>(expected);
        return look_up(raw_key);
    }

    bool is_key(uint32_t column) const { return is_key_[column] != 0; }

    // Tokens of a row with all its fields; 0: it varies, because a value may be an object or an array.
    Token tokens_per_row() const { return tokens_per_row_; }

private:
    uint32_t look_up(std::string_view raw_key) const;

    std::shared_ptr<const TableSchema> schema_;
    std::vector<CellPlan> cells_;
    std::vector<std::string> raw_names_;  // as they stand in a message between quotes
    std::unordered_map<std::string, uint32_t> by_name_;
    std::vector<uint8_t> is_key_;
    Token tokens_per_row_ = 0;
};

// One column of a table to be: what the builders of plans agree on.
struct PlannedColumn {
    std::string name;
    CellPlan cell;
    std::shared_ptr<const Column> default_cell;
};

// Error (schema) when a key field is no column. Fields that Debezium's topic routing adds to keys are left out.
RowPlan make_row_plan(TableName table, std::vector<PlannedColumn> columns, const std::vector<std::string>& key_fields);

}  // namespace pintail::wire
