#include <charconv>
#include <limits>

#include "wire/cell_decoders.hpp"
#include "wire/whole_number.hpp"

namespace pintail::wire {
namespace {

template <typename Number>
Token decode_whole(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    Number number = 0;
    const WholeNumber result = parse_whole(context.json.scalar(value), number);
    if (result != WholeNumber::ok)
        throw unfit(plan, result == WholeNumber::out_of_range ? "out of range" : "no whole number");
    column.push(number);
    return value + 1;
}

// Jackson writes these as strings.
template <typename Number>
Number special_number(const CellPlan& plan, std::string_view text) {
    if (text == "NaN") return std::numeric_limits<Number>::quiet_NaN();
    if (text == "Infinity") return std::numeric_limits<Number>::infinity();
    if (text == "-Infinity") return -std::numeric_limits<Number>::infinity();
    throw unfit(plan, "no number");
}

// JSON's numbers have no "inf" or "nan", which from_chars knows.
template <typename Number>
Number parse_floating(const CellPlan& plan, std::string_view text) {
    Number number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc::result_out_of_range) throw unfit(plan, "out of range");
    if (error != std::errc() || stop != end || !(text.back() >= '0' && text.back() <= '9'))
        throw unfit(plan, "no number");
    return number;
}

template <typename Number>
Token decode_floating(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const JsonTokens& json = context.json;
    column.push(json.kind(value) == '"' ? special_number<Number>(plan, json.raw_string(value))
                                        : parse_floating<Number>(plan, json.scalar(value)));
    return value + 1;
}

}  // namespace

Token decode_boolean(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    const std::string_view text = context.json.scalar(value);
    if (text != "true" && text != "false") throw unfit(plan, "neither true nor false");
    column.push(static_cast<uint8_t>(text == "true"));
    return value + 1;
}

Token decode_int16(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_whole<int16_t>(plan, value, context, column);
}

Token decode_int32(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_whole<int32_t>(plan, value, context, column);
}

Token decode_int64(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_whole<int64_t>(plan, value, context, column);
}

Token decode_uint32(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_whole<uint32_t>(plan, value, context, column);
}

Token decode_float32(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_floating<float>(plan, value, context, column);
}

Token decode_float64(const CellPlan& plan, Token value, CellContext& context, Column& column) {
    return decode_floating<double>(plan, value, context, column);
}

}  // namespace pintail::wire
