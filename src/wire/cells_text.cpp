#include "wire/cell_decoders.hpp"
#include "wire/uuid_text.hpp"

namespace pintail::wire {

Token decode_string(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.kind(value) != '"') throw unfit(plan, "no string");
    column.push_string(context.json.string(value, context.scratch), context.arena);
    return value + 1;
}

Token decode_uuid(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const auto uuid = parse_uuid(context.json.raw_string(value));
    if (!uuid) throw unfit(plan, "no UUID");
    column.push(*uuid);
    return value + 1;
}

}  // namespace pintail::wire
