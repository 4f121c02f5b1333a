#include "wire/inferred_plan.hpp"

#include <charconv>

#include "core/table_schema.hpp"
#include "wire/cell_decoders.hpp"

namespace pintail::wire {
namespace {

bool is_int64(std::string_view text) {
    int64_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && stop == text.data() + text.size();
}

// A whole number beyond int64 keeps its digits as text.
TypeKind number_kind(std::string_view text) {
    if (is_int64(text)) return TypeKind::int64;
    return text.find_first_of(".eE") == std::string_view::npos ? TypeKind::varchar : TypeKind::float64;
}

TypeKind kind_of(const JsonTokens& json, Token value) {
    switch (json.kind(value)) {
        case '{':
        case '[': return TypeKind::json;
        case 't':
        case 'f': return TypeKind::boolean;
        case '"':
        case 'n': return TypeKind::varchar;
        default: return number_kind(json.scalar(value));
    }
}

DecodeCell decoder_for(TypeKind kind) {
    switch (kind) {
        case TypeKind::int64: return decode_int64;
        case TypeKind::float64: return decode_float64;
        case TypeKind::boolean: return decode_boolean;
        case TypeKind::json: return decode_json_value;
        default: return decode_string_or_json;
    }
}

CellPlan plan_kind(TypeKind kind, const UnavailableValue& unavailable) {
    CellPlan plan;
    plan.type = {kind};
    plan.decode = decoder_for(kind);
    plan.source_type = kInferredType;
    if (kind == TypeKind::varchar) plan.unavailable = {unavailable.text(), unavailable.base64()};
    if (kind == TypeKind::json) plan.unavailable = {UnavailableValue::in_array(unavailable.text()), unavailable.map()};
    return plan;
}

bool holds(TypeKind have, TypeKind seen) {
    return have == seen || have == TypeKind::varchar;
}

}  // namespace

CellPlan infer_cell(const JsonTokens& json, Token value, const UnavailableValue& unavailable) {
    return plan_kind(kind_of(json, value), unavailable);
}

std::optional<CellPlan> widen_cell(const CellPlan& plan, const JsonTokens& json, Token value,
                                   const UnavailableValue& unavailable) {
    if (json.is_null(value)) return std::nullopt;
    if (holds(plan.type.kind, kind_of(json, value))) return std::nullopt;
    return plan_kind(TypeKind::varchar, unavailable);
}

}  // namespace pintail::wire
