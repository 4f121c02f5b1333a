#include <simdjson.h>

#include <algorithm>

#include "wire/binary_text.hpp"
#include "wire/bit_string.hpp"
#include "wire/cell_decoders.hpp"

namespace pintail::wire {
namespace {

// Both leave the bytes in the scratch.
void read_base64(const CellPlan& plan, Token value, CellContext& context) {
    context.scratch.clear();
    if (!append_base64(context.json.raw_string(value), context.scratch)) throw unfit(plan, "no base64");
}

void read_hex(const CellPlan& plan, Token value, CellContext& context) {
    context.scratch.clear();
    if (!append_hex(context.json.raw_string(value), context.scratch)) throw unfit(plan, "no hex digits");
}

Token push_bytes(Token value, CellContext& context, Column& column) {
    column.push_string(context.scratch, context.arena);
    return value + 1;
}

Token push_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (!simdjson::validate_utf8(context.scratch)) throw unfit(plan, "its bytes are no UTF-8");
    return push_bytes(value, context, column);
}

}  // namespace

Token decode_base64(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    read_base64(plan, value, context);
    return push_bytes(value, context, column);
}

Token decode_hex(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    read_hex(plan, value, context);
    return push_bytes(value, context, column);
}

Token decode_base64_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    read_base64(plan, value, context);
    return push_text(plan, value, context, column);
}

// Each of its words stands between quotes.
Token decode_tsvector(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.raw_string(value).starts_with('\'')) return decode_string(plan, value, context, column);
    return decode_base64_text(plan, value, context, column);
}

Token decode_hex_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    read_hex(plan, value, context);
    return push_text(plan, value, context, column);
}

Token decode_bits(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const JsonTokens& json = context.json;
    if (json.kind(value) != '"') {  // bit(1) is a boolean
        const std::string_view text = json.scalar(value);
        if (text != "true" && text != "false") throw unfit(plan, "no bits");
        column.push_string(bit_cell(text == "true" ? std::string_view("\1", 1) : std::string_view(), 1), context.arena);
        return value + 1;
    }
    context.scratch.clear();
    if (!append_base64(json.raw_string(value), context.scratch)) throw unfit(plan, "no base64");
    const size_t significant = significant_bits(context.scratch);
    if (plan.bits != 0 && significant > plan.bits) throw unfit(plan, "too many bits");
    // DuckDB has no bit string without bits.
    const size_t length = std::max<size_t>(plan.bits != 0 ? plan.bits : significant, 1);
    column.push_string(bit_cell(context.scratch, length), context.arena);
    return value + 1;
}

}  // namespace pintail::wire
