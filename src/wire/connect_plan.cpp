#include "wire/connect_plan.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "wire/cell_decoders.hpp"
#include "wire/debezium_loss.hpp"
#include "wire/decimal_text.hpp"

namespace pintail::wire {
namespace {

constexpr int kMoneyPrecision = 19;  // digits of Postgres' money, the one decimal that Debezium gives no precision
constexpr uint32_t kUnlimitedBits = 2147483647;  // "length" of a varbit without one

struct Semantic {
    std::string_view name;
    TypeKind kind;
    DecodeCell decode;
};

// By semantic name, where the name alone decides.
constexpr Semantic kSemantics[] = {
    {"io.debezium.time.Date", TypeKind::date, decode_date},
    {"io.debezium.time.IsoDate", TypeKind::date, decode_date},
    {"org.apache.kafka.connect.data.Date", TypeKind::date, decode_date},
    {"io.debezium.time.Time", TypeKind::time, decode_time_millis},
    {"org.apache.kafka.connect.data.Time", TypeKind::time, decode_time_millis},
    {"io.debezium.time.MicroTime", TypeKind::time, decode_time_micros},
    {"io.debezium.time.NanoTime", TypeKind::time, decode_time_nanos},
    {"io.debezium.time.IsoTime", TypeKind::time, decode_time_micros},
    {"io.debezium.time.ZonedTime", TypeKind::time_tz, decode_zoned_time},
    {"io.debezium.time.Timestamp", TypeKind::timestamp, decode_timestamp_millis},
    {"org.apache.kafka.connect.data.Timestamp", TypeKind::timestamp, decode_timestamp_millis},
    {"io.debezium.time.MicroTimestamp", TypeKind::timestamp, decode_timestamp_micros},
    {"io.debezium.time.NanoTimestamp", TypeKind::timestamp, decode_timestamp_nanos},
    {"io.debezium.time.IsoTimestamp", TypeKind::timestamp, decode_timestamp_micros},
    {"io.debezium.time.ZonedTimestamp", TypeKind::timestamp_tz, decode_zoned_timestamp},
    {"io.debezium.time.MicroDuration", TypeKind::int64, decode_duration},
    {"io.debezium.time.Interval", TypeKind::interval, decode_interval},
    {"io.debezium.data.Uuid", TypeKind::uuid, decode_uuid},
    {"io.debezium.data.Json", TypeKind::json, decode_string},
    {"io.debezium.data.VariableScaleDecimal", TypeKind::varchar, decode_variable_decimal},
};

// By Connect's type, for schemas without a name or with one that adds nothing (Enum, Xml, Ltree, Tsvector …).
constexpr Semantic kPrimitives[] = {
    {"boolean", TypeKind::boolean, decode_boolean}, {"int8", TypeKind::int16, decode_int16},
    {"int16", TypeKind::int16, decode_int16},       {"int32", TypeKind::int32, decode_int32},
    {"int64", TypeKind::int64, decode_int64},       {"float", TypeKind::float32, decode_float32},
    {"double", TypeKind::float64, decode_float64},  {"string", TypeKind::varchar, decode_string},
    {"bytes", TypeKind::blob, decode_base64},
};

template <size_t Count>
const Semantic* find(const Semantic (&table)[Count], std::string_view name) {
    for (const Semantic& entry : table) {
        if (entry.name == name) return &entry;
    }
    return nullptr;
}

std::optional<int> number_parameter(const ConnectSchema& schema, std::string_view name) {
    const std::string* text = schema.parameter(name);
    int number = 0;
    if (text == nullptr) return std::nullopt;
    const auto [stop, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || stop != text->data() + text->size()) {
        throw Error(ErrorKind::data, fmt::format("schema: the parameter {} of {} is no number", name, schema.name));
    }
    return number;
}

CellPlan plan_decimal(const ConnectSchema& schema) {
    CellPlan plan;
    plan.scale = number_parameter(schema, "scale").value_or(0);
    const auto declared = number_parameter(schema, "connect.decimal.precision");
    const bool is_money = !declared;  // it has neither NaN nor infinity
    const int precision = declared.value_or(kMoneyPrecision);
    const bool fits = plan.scale >= 0 && std::max(precision, plan.scale) <= kWidestDecimal && precision > 0;
    plan.source_type = fmt::format("numeric({},{}){}", precision, plan.scale, is_money ? "" : kPreciseDecimal);
    plan.type =
        fits ? decimal_type(static_cast<uint8_t>(std::max(precision, plan.scale)), static_cast<uint8_t>(plan.scale))
             : ColumnType{TypeKind::varchar};
    plan.decode = fits ? decode_decimal : decode_wide_decimal;
    return plan;
}

CellPlan plan_bits(const ConnectSchema& schema) {
    CellPlan plan;
    plan.type = {TypeKind::bit};
    plan.decode = decode_bits;
    const auto length = static_cast<uint32_t>(std::max(number_parameter(schema, "length").value_or(0), 0));
    plan.bits = length == kUnlimitedBits ? 0 : length;
    if (plan.bits != 0) plan.source_type = fmt::format("{}({})", schema.name, length);
    return plan;
}

CellPlan plan_array(const ConnectSchema& schema, const UnavailableValue& unavailable) {
    if (schema.fields.empty()) throw Error(ErrorKind::data, "schema: an array has no items");
    CellPlan plan;
    CellPlan element = plan_connect_cell(schema.fields[0], unavailable);
    plan.type = list_of(element.type);
    plan.decode = decode_list;
    // A list with a name is one value of Postgres' (pgvector), whose elements are never NULL.
    if (schema.name.empty())
        plan.source_type = fmt::format("{}{}[]", element.source_type, schema.fields[0].optional ? "" : kNoNullElements);
    plan.elements.push_back(std::move(element));
    return plan;
}

// Structs (geometry …) and maps (hstore) keep the text they have in the message.
CellPlan plan_json_text() {
    CellPlan plan;
    plan.type = {TypeKind::json};
    plan.decode = decode_json_value;
    return plan;
}

CellPlan plan_by_type(const ConnectSchema& schema, const UnavailableValue& unavailable) {
    if (schema.name == "org.apache.kafka.connect.data.Decimal") return plan_decimal(schema);
    if (schema.name == "io.debezium.data.Bits") return plan_bits(schema);
    const Semantic* known = find(kSemantics, schema.name);
    if (known == nullptr && schema.type == "array") return plan_array(schema, unavailable);
    if (known == nullptr) known = find(kPrimitives, schema.type);
    if (known == nullptr && schema.type.empty()) throw Error(ErrorKind::data, "schema: a field has no type");
    if (known == nullptr) return plan_json_text();
    CellPlan plan;
    plan.type = {known->kind};
    plan.decode = known->decode;
    return plan;
}

// See debezium's UnchangedToastedPlaceholder: which types get one, and how it is spelled.
std::vector<std::string> unavailable_element(const ConnectSchema& element, const UnavailableValue& value) {
    if (element.name == "io.debezium.data.Uuid") return {value.uuid()};
    if (element.type == "string") return {UnavailableValue::in_array(value.text())};
    if (element.type == "bytes") return {UnavailableValue::in_array(value.base64())};
    if (element.type == "int32" || element.type == "int64" || element.type == "int16") return {value.codes()};
    return {};
}

std::vector<std::string> unavailable_texts(const ConnectSchema& schema, const UnavailableValue& value) {
    if (schema.type == "array" && !schema.fields.empty()) return unavailable_element(schema.fields[0], value);
    if (schema.type == "map") return {value.map()};
    if (schema.name == "io.debezium.data.Json") return {value.text(), value.map_text()};
    if (schema.type == "string" && schema.name.find(".time.") == std::string::npos) return {value.text()};
    if (schema.type == "bytes" && schema.name.empty()) return {value.base64()};
    return {};
}

}  // namespace

CellPlan plan_connect_cell(const ConnectSchema& schema, const UnavailableValue& unavailable) {
    CellPlan plan = plan_by_type(schema, unavailable);
    if (plan.source_type.empty()) plan.source_type = schema.name.empty() ? schema.type : schema.name;
    plan.unavailable = unavailable_texts(schema, unavailable);
    return plan;
}

}  // namespace pintail::wire
