#include "wire/pg_type_map.hpp"

#include <algorithm>
#include <string_view>

#include "wire/pg_modifier.hpp"

namespace pintail::wire {
namespace {

constexpr int kWidestDecimal = 38;
constexpr uint8_t kMoneyPrecision = 19;  // money is an int64 of cents
constexpr uint8_t kMoneyScale = 2;       // of lc_monetary; Debezium's money.fraction.digits has the same default

struct Native {
    std::string_view name;
    TypeKind kind;
};

constexpr Native kNatives[] = {
    {"bool", TypeKind::boolean},      {"int2", TypeKind::int16},          {"int4", TypeKind::int32},
    {"int8", TypeKind::int64},        {"oid", TypeKind::uint32},          {"float4", TypeKind::float32},
    {"float8", TypeKind::float64},    {"bytea", TypeKind::blob},          {"bit", TypeKind::bit},
    {"varbit", TypeKind::bit},        {"uuid", TypeKind::uuid},           {"json", TypeKind::json},
    {"jsonb", TypeKind::json},        {"date", TypeKind::date},           {"time", TypeKind::time},
    {"timetz", TypeKind::time_tz},    {"timestamp", TypeKind::timestamp}, {"timestamptz", TypeKind::timestamp_tz},
    {"interval", TypeKind::interval},
};

// DuckDB wants 1 <= precision and scale <= precision, where numeric(3,5) has fewer digits than decimals.
ColumnType numeric_type(int32_t modifier) {
    if (modifier == kNoModifier) return {TypeKind::varchar};
    const auto [precision, scale] = numeric_modifier(modifier);
    const int digits = std::max(precision, scale);
    if (scale < 0 || digits > kWidestDecimal) return {TypeKind::varchar};
    return decimal_type(static_cast<uint8_t>(digits), static_cast<uint8_t>(scale));
}

ColumnType element_type(const SourceType& type) {
    if (type.name == "numeric") return numeric_type(type.modifier);
    if (type.name == "money") return decimal_type(kMoneyPrecision, kMoneyScale);
    for (const Native& native : kNatives) {
        if (native.name == type.name) return {native.kind};
    }
    return {TypeKind::varchar};
}

}  // namespace

ColumnType column_type_for(const SourceType& type) {
    if (type.is_array) return list_of(element_type(type));
    return element_type(type);
}

}  // namespace pintail::wire
