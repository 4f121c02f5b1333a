#include "wire/pg_cells.hpp"

#include <fmt/format.h>

#include "wire/pg_cell_decoders.hpp"
#include "wire/pg_type_map.hpp"

namespace pintail::wire {
namespace {

struct Decoders {
    DecodePgCell text;
    DecodePgCell binary;
};

Decoders decoders_of(TypeKind kind) {
    switch (kind) {
        case TypeKind::boolean: return {text_to_boolean, binary_to_boolean};
        case TypeKind::int16: return {text_to_int16, binary_to_int16};
        case TypeKind::int32: return {text_to_int32, binary_to_int32};
        case TypeKind::int64: return {text_to_int64, binary_to_int64};
        case TypeKind::uint32: return {text_to_uint32, binary_to_int32};
        case TypeKind::float32: return {text_to_float32, binary_to_int32};  // the same bits
        case TypeKind::float64: return {text_to_float64, binary_to_int64};
        case TypeKind::decimal: return {text_to_decimal, binary_to_decimal};
        case TypeKind::blob: return {text_to_blob, binary_to_blob};
        case TypeKind::bit: return {text_to_bits, binary_to_bits};
        case TypeKind::uuid: return {text_to_uuid, binary_to_uuid};
        case TypeKind::date: return {text_to_date, binary_to_date};
        case TypeKind::time: return {text_to_time, binary_to_time};
        case TypeKind::time_tz: return {text_to_time_tz, binary_to_time_tz};
        case TypeKind::timestamp:
        case TypeKind::timestamp_tz: return {text_to_timestamp, binary_to_timestamp};
        case TypeKind::interval: return {text_to_interval, nullptr};
        default: return {text_to_string, nullptr};
    }
}

// Types whose send function writes their text as it is; every other one kept as text has a binary form of its own.
bool sends_text(const SourceType& type) {
    if (type.category == "e") return true;
    for (const std::string_view name : {"text", "varchar", "bpchar", "name", "json", "xml", "citext"}) {
        if (type.name == name) return true;
    }
    return false;
}

Decoders decoders_of(const SourceType& type, TypeKind kind) {
    if (type.name == "money") return {text_to_money, binary_to_money};
    if (type.name == "hstore") return {text_to_hstore, nullptr};
    if (type.name == "jsonb") return {text_to_string, binary_to_jsonb};
    if (sends_text(type)) return {text_to_string, text_to_string};
    return decoders_of(kind);
}

PgCellPlan plan_scalar(const SourceType& type) {
    PgCellPlan plan;
    plan.type = column_type_for(type);
    plan.source_type = type.formatted;
    const Decoders decoders = decoders_of(type, plan.type.kind);
    plan.from_text = decoders.text;
    plan.from_binary = decoders.binary;
    return plan;
}

PgCellPlan plan_text(const SourceType& type) {
    PgCellPlan plan;
    plan.type = {TypeKind::varchar};
    plan.source_type = type.formatted;
    plan.from_text = text_to_string;
    if (!type.is_array && sends_text(type)) plan.from_binary = text_to_string;
    return plan;
}

PgCellPlan plan_native(const SourceType& type) {
    if (!type.is_array) return plan_scalar(type);
    SourceType element = type;
    element.is_array = false;
    PgCellPlan plan;
    plan.type = column_type_for(type);
    plan.source_type = type.formatted;
    plan.from_text = text_to_list;
    plan.delimiter = type.delimiter;
    plan.element = std::make_shared<PgCellPlan>(plan_scalar(element));
    return plan;
}

}  // namespace

PgCellPlan plan_pg_cell(const SourceType& type, ColumnPolicy policy) {
    PgCellPlan plan = policy == ColumnPolicy::varchar ? plan_text(type) : plan_native(type);
    plan.policy = policy;
    return plan;
}

Error unfit(const PgCellPlan& plan, const char* why) {
    return Error(ErrorKind::data,
                 fmt::format("a value of type {} does not fit {}: {}", plan.source_type, to_string(plan.type), why));
}

BeyondType beyond(const PgCellPlan& plan, const char* why, std::string exact_text) {
    return {unfit(plan, why), std::move(exact_text)};
}

}  // namespace pintail::wire
