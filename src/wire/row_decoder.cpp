#include "wire/row_decoder.hpp"

#include <fmt/format.h>

#include "wire/byte_compare.hpp"
#include "wire/json_string.hpp"

namespace pintail::wire {
namespace {

bool stands_at(const JsonTokens& json, Token value, std::string_view text) {
    const std::string_view whole = json.text();
    const size_t place = json.place(value);
    return whole.size() - place > text.size() && same_bytes(whole.data() + place, text.data(), text.size());
}

// Every placeholder ends with its closing quote or bracket, so that it cannot be the start of something longer.
bool is_placeholder(const CellPlan& plan, const JsonTokens& json, Token value) {
    for (const std::string& text : plan.unavailable) {
        if (stands_at(json, value, text)) return true;
    }
    return false;
}

// The field of the row's earlier image; 0: not there, or not known there either.
Token earlier_value(const RowPlan& plan, const JsonTokens& json, Token before, uint32_t column) {
    if (before == 0) return 0;
    Token found = 0;
    size_t expected = 0;
    json.each_field(before, [&](std::string_view key, Token value) {
        if (plan.column_of(key, expected++) == column) found = value;
        return json.skip(value);
    });
    if (found != 0 && is_placeholder(plan.cells()[column], json, found)) return 0;
    return found;
}

}  // namespace

struct RowDecoder::Row {
    const RowPlan& plan;
    const JsonTokens& json;
    const RowRules& rules;
    RowBatch& rows;
    CellContext context;
    size_t index;         // of the row
    size_t expected = 0;  // the column of the next field, most likely
    size_t filled = 0;    // columns that have their cell
    uint32_t column = 0;  // at hand

    // The value that is to stand in the column at hand, or beside it.
    Token put(Token value, Column& cells) {
        const CellPlan& cell = plan.cells()[column];
        try {
            return decode_cell(cell, value, context, cells);
        } catch (const BeyondType& why) {
            keep_exact(rows, column, why.exact_text(), cell.policy, why);
            return json.skip(value);
        }
    }

    Error named(const Error& error) const {
        return error.in(fmt::format("column {}", plan.schema()->columns[column].name));
    }
};

bool RowDecoder::decode(const RowPlan& plan, const JsonTokens& json, Token object, const RowRules& rules,
                        const FieldNames& ignored, RowBatch& rows) {
    Row row{plan, json, rules, rows, {json, rows.arena, scratch_}, rows.rows()};
    bool known = true;
    const auto visit = [&](std::string_view key, Token value) {
        const uint32_t column = plan.column_of(key, row.expected);
        if (column != RowPlan::kNoColumn) return decode_field(row, column, value);
        const bool may_stay = ignored.contains(key) || (rules.unknown_nulls && json.is_null(value));
        if (known && !may_stay) {
            known = false;
            unknown_field_.assign(key);
        }
        return json.skip(value);
    };
    try {
        end_ = json.each_field(object, visit);
    } catch (const Error& error) {
        throw row.named(error);
    }
    if (known) fill_missing_with_defaults(row);
    return known;
}

void RowDecoder::decode_key(const RowPlan& plan, const JsonTokens& json, Token object, RowBatch& rows) {
    const RowRules rules;
    Row row{plan, json, rules, rows, {json, rows.arena, scratch_}, rows.rows()};
    const auto visit = [&](std::string_view key, Token value) {
        const uint32_t column = plan.column_of(key, row.expected);
        if (column == RowPlan::kNoColumn || !plan.is_key(column)) return json.skip(value);
        // Key columns are NOT NULL: a NULL there would remove nothing, and nobody would know.
        if (json.is_null(value)) throw Error(ErrorKind::data, "a column of the message's key is null");
        return decode_field(row, column, value);
    };
    try {
        end_ = json.each_field(object, visit);
    } catch (const Error& error) {
        throw row.named(error);
    }
    if (row.filled != plan.schema()->key.size()) throw Error(ErrorKind::data, "the message's key lacks a column");
    fill_missing(row);
}

inline Token RowDecoder::decode_field(Row& row, uint32_t column, Token value) {
    const CellPlan& plan = row.plan.cells()[column];
    Column& cells = row.rows.columns[column];
    row.column = column;
    row.expected = column + 1;
    ++row.filled;
    if (cells.size() != row.index) throw JsonTokens::malformed("it stands there twice");
    if (row.rules.has_placeholders && is_placeholder(plan, row.json, value))
        return decode_placeholder(row, column, value);
    return row.put(value, cells);
}

Token RowDecoder::decode_placeholder(Row& row, uint32_t column, Token value) {
    Column& cells = row.rows.columns[column];
    const Token earlier = earlier_value(row.plan, row.json, row.rules.before, column);
    if (earlier != 0) row.put(earlier, cells);
    else cells.push_unchanged();
    return row.json.skip(value);
}

// A row that was written before the column has what Postgres shows there for such rows. (The catalog, asked later, has
// the column already; with an embedded schema no field is missing.)
void RowDecoder::fill_missing_with_defaults(Row& row) {
    if (row.filled == row.rows.columns.size()) return;
    const auto& columns = row.plan.schema()->columns;
    for (size_t index = 0; index < columns.size(); ++index) {
        Column& cells = row.rows.columns[index];
        if (cells.size() != row.index || !columns[index].default_cell) continue;
        cells.push_copy(*columns[index].default_cell, 0);
        ++row.filled;
    }
    fill_missing(row);
}

void RowDecoder::fill_missing(Row& row) {
    if (row.filled == row.rows.columns.size()) return;
    for (Column& column : row.rows.columns) {
        if (column.size() == row.index) column.push_null();
    }
}

}  // namespace pintail::wire
