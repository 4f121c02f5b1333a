// How the cells of one column are written in the messages, and the function that reads them.
//
// A plan is made once per schema (from the embedded Connect schema, the source's catalog or the values) and then only
// read. Nothing looks at type names while rows are decoded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/arena.hpp"
#include "core/column.hpp"
#include "wire/beyond_type.hpp"
#include "wire/json_tokens.hpp"

namespace pintail::wire {

// What a decoder works with, for the length of one row.
struct CellContext {
    const JsonTokens& json;
    Arena& arena;
    std::string& scratch;  // reused, so that the steady state allocates nothing
};

struct CellPlan;

// Appends exactly one cell for the value, which is not null, and gives the token behind it.
// BeyondType when it is a value of its type that the column cannot hold, Error (data) when it is none; the column may
// then hold half a list, which is to be forgotten.
using DecodeCell = Token (*)(const CellPlan& plan, Token value, CellContext& context, Column& column);

struct CellPlan {
    ColumnType type;
    DecodeCell decode = nullptr;
    std::string source_type;  // for people: "numeric(12,2)", "io.debezium.time.Date"
    int32_t scale = 0;        // decimals as integers: digits after the point
    uint32_t bits = 0;        // bit strings: the declared length; 0: none
    char delimiter = ',';     // lists: what Postgres writes between the elements
    ColumnPolicy policy = ColumnPolicy::exact;
    std::vector<CellPlan> elements;        // lists, and whole columns as text: one plan
    std::vector<std::string> unavailable;  // JSON texts that say "unchanged TOAST value, not sent"
};

// NULL or the cell.
inline Token decode_cell(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.kind(value) != 'n') return plan.decode(plan, value, context, column);
    if (!context.json.is_null(value)) throw JsonTokens::malformed("a value was expected");
    column.push_null();
    return value + 1;
}

// The error of a value that is not what the plan says. It names the types, never the value.
Error unfit(const CellPlan& plan, const char* why);
// Of one that the target's type cannot hold; `exact_text`: as Postgres prints it.
BeyondType beyond(const CellPlan& plan, const char* why, std::string exact_text);

}  // namespace pintail::wire
