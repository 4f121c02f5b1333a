#include "wire/cell_decoders.hpp"
#include "wire/pg_value_text.hpp"

namespace pintail::wire {
namespace {

// As Postgres prints it; the value is not null.
std::string exact_text(const CellPlan& plan, Token value, CellContext& context) {
    Arena arena;
    CellContext own{context.json, arena, context.scratch};
    Column column(plan.type);
    try {
        plan.decode(plan, value, own, column);
    } catch (const BeyondType& late) {
        return late.exact_text();
    }
    return pg_text(plan.type, column, 0, plan.delimiter);
}

std::string list_text(const CellPlan& plan, Token value, CellContext& context) {
    std::string text = "{";
    context.json.each_element(value, [&](Token at) {
        if (text.size() > 1) text += plan.delimiter;
        if (context.json.is_null(at)) text += "NULL";
        else append_pg_element(exact_text(plan.elements[0], at, context), plan.delimiter, text);
        return context.json.skip(at);
    });
    return text + "}";
}

}  // namespace

Token decode_list(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const CellPlan& element = plan.elements[0];
    Column& child = column.child(0);
    uint64_t length = 0;
    try {
        const Token behind = context.json.each_element(value, [&](Token at) {
            ++length;
            return decode_cell(element, at, context, child);
        });
        column.push_list(length);
        return behind;
    } catch (const BeyondType& why) {
        throw BeyondType(why, list_text(plan, value, context));
    }
}

Token decode_as_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const std::string text = exact_text(plan.elements[0], value, context);
    column.push_string(text, context.arena);
    return context.json.skip(value);
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
