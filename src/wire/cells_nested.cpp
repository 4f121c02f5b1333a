#include "wire/cell_decoders.hpp"

namespace pintail::wire {

Token decode_list(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const CellPlan& element = plan.elements[0];
    Column& child = column.child(0);
    uint64_t length = 0;
    const Token behind = context.json.each_element(value, [&](Token at) {
        ++length;
        return decode_cell(element, at, context, child);
    });
    column.push_list(length);
    return behind;
}

Token decode_json_value(const CellPlan&, Token value, CellContext& context, Column& column) {
    const Token behind = context.json.skip_checked(value);
    column.push_string(context.json.raw(value, behind), context.arena);
    return behind;
}

Token decode_string_or_json(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.kind(value) == '"') return decode_string(plan, value, context, column);
    return decode_json_value(plan, value, context, column);
}

}  // namespace pintail::wire
