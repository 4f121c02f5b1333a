#include <algorithm>

#include "wire/binary_text.hpp"
#include "wire/bit_string.hpp"
#include "wire/cell_decoders.hpp"

namespace pintail::wire {

Token decode_base64(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    context.scratch.clear();
    if (!append_base64(context.json.raw_string(value), context.scratch)) throw unfit(plan, "no base64");
    column.push_string(context.scratch, context.arena);
    return value + 1;
}

Token decode_hex(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    context.scratch.clear();
    if (!append_hex(context.json.raw_string(value), context.scratch)) throw unfit(plan, "no hex digits");
    column.push_string(context.scratch, context.arena);
    return value + 1;
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
