#include "wire/catalog_plan.hpp"

#include <string_view>

#include "wire/cell_decoders.hpp"
#include "wire/debezium_loss.hpp"
#include "wire/pg_modifier.hpp"
#include "wire/pg_type_map.hpp"

namespace pintail::wire {
namespace {

// Types that Debezium writes as objects; kept as their JSON text, as with an embedded schema.
bool is_object_type(std::string_view name) {
    for (const std::string_view object : {"point", "line", "lseg", "box", "path", "polygon", "circle", "geometry",
                                          "geography", "hstore", "sparsevec"}) {
        if (name == object) return true;
    }
    return false;
}

// Of the types that are texts here, those that Debezium knows as texts. The others come as the bytes of their text, by
// include.unknown.datatypes, which the template sets.
bool is_known_text(const SourceType& type) {
    if (type.category == "e") return true;
    for (const std::string_view known :
         {"text",     "varchar", "bpchar",    "char",      "name",     "citext",    "xml",
          "isbn",     "inet",    "cidr",      "macaddr",   "macaddr8", "int4range", "int8range",
          "numrange", "tsrange", "tstzrange", "daterange", "tsvector", "ltree"}) {
        if (type.name == known) return true;
    }
    return false;
}

DecodeCell time_decoder(int32_t modifier, TimePrecision precision) {
    switch (precision) {
        case TimePrecision::adaptive: return fraction_digits(modifier) <= 3 ? decode_time_millis : decode_time_micros;
        case TimePrecision::connect: return decode_time_millis;
        case TimePrecision::nanoseconds: return decode_time_nanos;
        default: return decode_time_micros;
    }
}

DecodeCell timestamp_decoder(int32_t modifier, TimePrecision precision) {
    switch (precision) {
        case TimePrecision::adaptive:
        case TimePrecision::adaptive_time_microseconds:
            return fraction_digits(modifier) <= 3 ? decode_timestamp_millis : decode_timestamp_micros;
        case TimePrecision::connect: return decode_timestamp_millis;
        case TimePrecision::nanoseconds: return decode_timestamp_nanos;
        default: return decode_timestamp_micros;
    }
}

DecodeCell decimal_decoder(const ColumnType& type, DecimalHandling handling) {
    const bool bounded = type.kind == TypeKind::decimal;
    if (handling == DecimalHandling::string) return bounded ? decode_decimal_text : decode_number_text;
    return bounded ? decode_decimal : decode_variable_decimal;
}

void plan_number(const SourceType& type, DecimalHandling handling, CellPlan& plan) {
    if (handling == DecimalHandling::floating) {
        plan.type = {TypeKind::float64};
        plan.decode = decode_float64;
        if (type.name == "numeric") plan.source_type += kDoubleDecimal;
        return;
    }
    if (handling == DecimalHandling::precise && type.name == "numeric") plan.source_type += kPreciseDecimal;
    plan.decode = decimal_decoder(plan.type, handling);
    if (plan.type.kind != TypeKind::varchar || type.modifier == kNoModifier) return;
    plan.scale = numeric_modifier(type.modifier).scale & 0x7FF;  // Debezium's reading of a negative one
    // With a declared scale Debezium writes the integer alone, even where no DECIMAL can hold it.
    if (handling == DecimalHandling::precise) plan.decode = decode_wide_decimal;
}

void plan_bits(const SourceType& type, CellPlan& plan) {
    plan.bits = type.modifier == kNoModifier ? 0 : static_cast<uint32_t>(type.modifier);
    plan.decode = decode_bits;
}

DecodeCell decoder_by_kind(const SourceType& type, const DebeziumOptions& options, TypeKind kind) {
    switch (kind) {
        case TypeKind::boolean: return decode_boolean;
        case TypeKind::int16: return decode_int16;
        case TypeKind::int32: return decode_int32;
        case TypeKind::int64: return decode_int64;
        case TypeKind::uint32: return decode_uint32;
        case TypeKind::float32: return decode_float32;
        case TypeKind::float64: return decode_float64;
        case TypeKind::blob: return options.binary_handling == BinaryHandling::hex ? decode_hex : decode_base64;
        case TypeKind::uuid: return decode_uuid;
        case TypeKind::date: return decode_date;
        case TypeKind::time: return time_decoder(type.modifier, options.time_precision);
        case TypeKind::time_tz: return decode_zoned_time;
        case TypeKind::timestamp: return timestamp_decoder(type.modifier, options.time_precision);
        case TypeKind::timestamp_tz: return decode_zoned_timestamp;
        case TypeKind::varchar:
            if (type.name == "tsvector") return decode_tsvector;
            if (is_known_text(type)) return decode_string;
            return options.binary_handling == BinaryHandling::hex ? decode_hex_text : decode_base64_text;
        default: return decode_string;
    }
}

std::vector<std::string> unavailable_scalar(const SourceType& type, TypeKind kind, const UnavailableValue& value) {
    if (type.name == "hstore") return {value.text(), value.map(), value.map_text()};
    const bool is_bytes = kind == TypeKind::blob || (kind == TypeKind::varchar && !is_known_text(type));
    if (is_bytes) return {value.base64(), value.text()};
    if (kind == TypeKind::varchar || kind == TypeKind::json) return {value.text()};
    return {};
}

std::vector<std::string> unavailable_list(TypeKind element, const UnavailableValue& value) {
    switch (element) {
        case TypeKind::uuid: return {value.uuid()};
        case TypeKind::varchar:
        case TypeKind::json: return {UnavailableValue::in_array(value.text())};
        case TypeKind::blob:
            return {UnavailableValue::in_array(value.base64()), UnavailableValue::in_array(value.text())};
        case TypeKind::int16:
        case TypeKind::int32:
        case TypeKind::int64:
        case TypeKind::uint32:
        case TypeKind::date: return {value.codes()};
        default: return {};
    }
}

// What a mode loses of times and timestamps.
std::string_view clock_encoding(const SourceType& type, TimePrecision precision) {
    const bool is_timestamp = type.name == "timestamp";
    if (is_timestamp && precision == TimePrecision::nanoseconds) return kNanoseconds;
    const bool is_fine = (is_timestamp || type.name == "time") && fraction_digits(type.modifier) > 3;
    return is_fine && precision == TimePrecision::connect ? kCutToMillis : std::string_view();
}

CellPlan plan_element(const SourceType& type, const DebeziumOptions& options) {
    CellPlan plan;
    plan.source_type = type.formatted;
    plan.type = column_type_for(type);
    if (type.name == "numeric" || type.name == "money") {
        plan_number(type, options.decimal_handling, plan);
    } else if (plan.type.kind == TypeKind::bit) {
        plan_bits(type, plan);
    } else if (type.name == "interval") {
        return plan_catalog_interval(type, options.interval_handling);
    } else if (is_object_type(type.name)) {
        plan.type = {TypeKind::json};
        plan.decode = decode_string_or_json;
    } else {
        plan.decode = decoder_by_kind(type, options, plan.type.kind);
        plan.source_type += clock_encoding(type, options.time_precision);
    }
    return plan;
}

// pgvector's vectors are one value in Postgres and a list of numbers in Debezium's messages.
CellPlan plan_vector(const SourceType& type, TypeKind kind, DecodeCell decode) {
    CellPlan element;
    element.type = {kind};
    element.decode = decode;
    element.source_type = type.formatted;
    CellPlan plan;
    plan.type = list_of(element.type);
    plan.decode = decode_list;
    plan.source_type = type.formatted;
    plan.elements.push_back(std::move(element));
    return plan;
}

CellPlan plan_list(SourceType type, const DebeziumOptions& options, const UnavailableValue& unavailable) {
    CellPlan plan;
    plan.source_type = type.formatted;
    if (!type.formatted.ends_with("[]")) plan.source_type += kArrayDomain;
    type.is_array = false;
    CellPlan element = plan_element(type, options);
    plan.type = list_of(element.type);
    plan.decode = decode_list;
    plan.unavailable = unavailable_list(element.type.kind, unavailable);
    plan.elements.push_back(std::move(element));
    return plan;
}

}  // namespace

CellPlan plan_catalog_interval(const SourceType& type, IntervalHandling handling) {
    const bool numeric = handling == IntervalHandling::numeric;
    CellPlan plan;
    plan.source_type = type.formatted;
    if (numeric) plan.source_type += kIntervalNumber;
    plan.type = {numeric ? TypeKind::int64 : TypeKind::interval};
    plan.decode = numeric ? decode_duration : decode_interval;
    return plan;
}

CellPlan plan_catalog_cell(const SourceType& type, const DebeziumOptions& options,
                           const UnavailableValue& unavailable) {
    if (type.is_array) return plan_list(type, options, unavailable);
    if (type.name == "vector") return plan_vector(type, TypeKind::float64, decode_float64);
    if (type.name == "halfvec") return plan_vector(type, TypeKind::float32, decode_float32);
    CellPlan plan = plan_element(type, options);
    plan.unavailable = unavailable_scalar(type, plan.type.kind, unavailable);
    return plan;
}

}  // namespace pintail::wire
