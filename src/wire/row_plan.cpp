#include "wire/row_plan.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "wire/cell_decoders.hpp"
#include "wire/json_string.hpp"

namespace pintail::wire {
namespace {

// ByLogicalTableRouter adds "__dbz__physicalTableIdentifier" to keys: it names the table, no column.
constexpr std::string_view kRoutingPrefix = "__dbz__";

std::vector<uint32_t> key_columns(const TableSchema& schema, const std::vector<std::string>& key_fields) {
    std::vector<uint32_t> key;
    for (const std::string& field : key_fields) {
        if (field.starts_with(kRoutingPrefix)) continue;
        const auto found = std::find_if(schema.columns.begin(), schema.columns.end(),
                                        [&](const ColumnSchema& column) { return column.name == field; });
        if (found == schema.columns.end()) {
            throw Error(ErrorKind::schema, fmt::format("{}: the key's field \"{}\" is no column of the table",
                                                       to_string(schema.name), field));
        }
        key.push_back(static_cast<uint32_t>(found - schema.columns.begin()));
    }
    return key;
}

// Read from one token: an object or an array there is an error.
bool is_scalar(const CellPlan& cell) {
    if (cell.decode == decode_as_text) return is_scalar(cell.elements[0]);
    return cell.decode != decode_list && cell.decode != decode_json_value && cell.decode != decode_string_or_json &&
           cell.decode != decode_variable_decimal;
}

std::string raw_name(const std::string& name) {
    const std::string quoted = json_quoted(name);
    return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

RowPlan::RowPlan(std::shared_ptr<const TableSchema> schema, std::vector<CellPlan> cells)
    : schema_(std::move(schema)), cells_(std::move(cells)), is_key_(cells_.size()) {
    for (const ColumnSchema& column : schema_->columns) {
        by_name_.emplace(column.name, static_cast<uint32_t>(raw_names_.size()));
        raw_names_.push_back(raw_name(column.name));
    }
    for (const uint32_t column : schema_->key) is_key_[column] = 1;
    // Two braces; a name, a colon and a value for each field, and a comma after all but the last.
    if (std::all_of(cells_.begin(), cells_.end(), is_scalar))
        tokens_per_row_ = static_cast<Token>(4 * cells_.size() + 1);
}

uint32_t RowPlan::look_up(std::string_view raw_key) const {
    std::string name;
    append_unescaped(raw_key, name);
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? kNoColumn : found->second;
}

RowPlan make_row_plan(TableName table, std::vector<PlannedColumn> columns, const std::vector<std::string>& key_fields) {
    auto schema = std::make_shared<TableSchema>();
    schema->name = std::move(table);
    std::vector<CellPlan> cells;
    for (PlannedColumn& column : columns) {
        schema->columns.push_back(
            {std::move(column.name), column.cell.type, column.cell.source_type, std::move(column.default_cell)});
        cells.push_back(std::move(column.cell));
    }
    schema->key = key_columns(*schema, key_fields);
    return RowPlan(std::move(schema), std::move(cells));
}

}  // namespace pintail::wire
