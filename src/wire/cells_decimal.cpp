#include "wire/binary_text.hpp"
#include "wire/cell_decoders.hpp"
#include "wire/decimal_text.hpp"
#include "wire/json_string.hpp"

namespace pintail::wire {
namespace {

// Postgres' numerics end at scale 1000. Debezium reads a negative scale's eleven bits as unsigned (-2 becomes 2046)
// and pads the number accordingly: it is whole, its fraction holds zeros only.
constexpr int kLargestScale = 1000;

constexpr const char* kPreciseHint =
    "this looks like base64: the connector writes decimal.handling.mode=precise, say so or set it to string";
constexpr const char* kTextHint =
    "this looks like a decimal's text: the connector writes decimal.handling.mode=string, say so";

std::string_view base64_bytes(const CellPlan& plan, Token value, CellContext& context) {
    context.scratch.clear();
    const std::string_view text = context.json.raw_string(value);
    if (!append_base64(text, context.scratch)) {
        throw unfit(plan, text.find('.') == std::string_view::npos ? "no base64" : kTextHint);
    }
    return context.scratch;
}

void push_checked(const CellPlan& plan, std::optional<WideInt> unscaled, Column& column, const char* why) {
    if (!unscaled) throw unfit(plan, why);
    if (!push_decimal(*unscaled, plan.type.precision, column)) throw unfit(plan, "out of range");
}

// Replaces the integer's bytes in the scratch by its text.
std::string_view exact_text(std::string_view big_endian, int scale, CellContext& context) {
    if (const auto unscaled = from_big_endian(big_endian)) {
        context.scratch.clear();
        append_decimal_text(*unscaled, scale, context.scratch);
    } else {
        context.scratch = decimal_text(big_endian, scale);
    }
    if (scale > kLargestScale) remove_trailing_zeros(context.scratch);
    return context.scratch;
}

// JsonConverter's decimal.format=NUMERIC.
bool is_plain_number(const JsonTokens& json, Token value) {
    return json.kind(value) != '"' && json.kind(value) != '{';
}

// What Debezium and Postgres call the values that no DECIMAL has; empty: a number.
std::string_view special_name(std::string_view text) {
    if (text == "NAN" || text == "NaN") return "NaN";
    if (text == "POSITIVE_INFINITY" || text == "Infinity") return "Infinity";
    if (text == "NEGATIVE_INFINITY" || text == "-Infinity") return "-Infinity";
    return {};
}

int whole_number(const CellPlan& plan, std::string_view text) {
    const auto number = parse_decimal(text, 0);
    if (!number || *number > 1'000'000 || *number < -1'000'000) throw unfit(plan, "its scale is no number");
    return static_cast<int>(*number);
}

}  // namespace

Token decode_decimal(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (is_plain_number(context.json, value)) {
        push_checked(plan, parse_decimal(context.json.scalar(value), plan.type.scale), column, "no such decimal");
        return value + 1;
    }
    push_checked(plan, from_big_endian(base64_bytes(plan, value, context)), column, "out of range");
    return value + 1;
}

Token decode_wide_decimal(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (is_plain_number(context.json, value)) {
        if (!is_json_number(context.json.scalar(value))) throw unfit(plan, "no number");
        column.push_string(context.json.scalar(value), context.arena);
        return value + 1;
    }
    column.push_string(exact_text(base64_bytes(plan, value, context), plan.scale, context), context.arena);
    return value + 1;
}

Token decode_variable_decimal(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const JsonTokens& json = context.json;
    if (is_plain_number(json, value)) return decode_wide_decimal(plan, value, context, column);
    if (json.kind(value) == '"') throw unfit(plan, kTextHint);
    Token unscaled = 0;
    int scale = 0;
    const Token behind = json.each_field(value, [&](std::string_view key, Token field) {
        if (key == "scale") scale = whole_number(plan, json.scalar(field));
        if (key == "value") unscaled = field;
        return json.skip(field);
    });
    if (unscaled == 0) throw unfit(plan, "it has no field \"value\"");
    column.push_string(exact_text(base64_bytes(plan, unscaled, context), scale, context), context.arena);
    return behind;
}

Token decode_decimal_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (is_plain_number(context.json, value)) return decode_decimal(plan, value, context, column);
    const std::string_view text = context.json.raw_string(value);
    const std::string_view special = special_name(text);
    if (!special.empty()) throw beyond(plan, "DECIMAL has neither NaN nor infinity", std::string(special));
    // Debezium writes every digit of the declared scale, so that a text without a point is no text of this column.
    const bool lacks_point = plan.type.scale > 0 && text.find('.') == std::string_view::npos;
    const auto unscaled = lacks_point ? std::nullopt : parse_decimal(text, plan.type.scale);
    push_checked(plan, unscaled, column, lacks_point ? kPreciseHint : "no decimal of this scale");
    return value + 1;
}

Token decode_number_text(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    if (context.json.kind(value) == '{') throw unfit(plan, kPreciseHint);
    if (is_plain_number(context.json, value)) return decode_wide_decimal(plan, value, context, column);
    const std::string_view text = context.json.raw_string(value);
    const std::string_view special = special_name(text);
    if (special.empty() && !is_json_number(text)) throw unfit(plan, kPreciseHint);
    context.scratch = special.empty() ? text : special;
    if (plan.scale > kLargestScale) remove_trailing_zeros(context.scratch);
    column.push_string(context.scratch, context.arena);
    return value + 1;
}

}  // namespace pintail::wire
