#include "wire/pg_type_map.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "wire/pg_modifier.hpp"

namespace pintail::wire {
namespace {

constexpr int kWidestDecimal = 38;
constexpr uint8_t kMoneyPrecision = 19;  // money is an int64 of cents
constexpr uint8_t kMoneyScale = 2;       // of lc_monetary; Debezium's money.fraction.digits has the same default

constexpr const char* kNumericNaN = "NaN";
constexpr const char* kLateTimestamps = "years from 294247-01-10 04:00:54.775807 on";

constexpr PgType kTypes[] = {
    {"bool", TypeKind::boolean, ""},
    {"int2", TypeKind::int16, ""},
    {"int4", TypeKind::int32, ""},
    {"int8", TypeKind::int64, ""},
    {"oid", TypeKind::uint32, ""},
    {"float4", TypeKind::float32, ""},
    {"float8", TypeKind::float64, ""},
    {"numeric", TypeKind::decimal, kNumericNaN},
    {"money", TypeKind::decimal, ""},
    {"text", TypeKind::varchar, ""},
    {"varchar", TypeKind::varchar, ""},
    {"bpchar", TypeKind::varchar, ""},
    {"name", TypeKind::varchar, ""},
    {"char", TypeKind::varchar, ""},
    {"citext", TypeKind::varchar, ""},
    {"xml", TypeKind::varchar, ""},
    {"bytea", TypeKind::blob, ""},
    {"bit", TypeKind::bit, ""},
    {"varbit", TypeKind::bit, "the empty bit string"},
    {"uuid", TypeKind::uuid, ""},
    {"json", TypeKind::json, ""},
    {"jsonb", TypeKind::json, ""},
    {"hstore", TypeKind::json, ""},
    {"date", TypeKind::date, ""},
    {"time", TypeKind::time, ""},
    {"timetz", TypeKind::time_tz, ""},
    {"timestamp", TypeKind::timestamp, kLateTimestamps},
    {"timestamptz", TypeKind::timestamp_tz, kLateTimestamps},
    {"interval", TypeKind::interval, "infinity, -infinity"},
    {"inet", TypeKind::varchar, ""},
    {"cidr", TypeKind::varchar, ""},
    {"macaddr", TypeKind::varchar, ""},
    {"macaddr8", TypeKind::varchar, ""},
    {"point", TypeKind::varchar, ""},
    {"line", TypeKind::varchar, ""},
    {"lseg", TypeKind::varchar, ""},
    {"box", TypeKind::varchar, ""},
    {"path", TypeKind::varchar, ""},
    {"polygon", TypeKind::varchar, ""},
    {"circle", TypeKind::varchar, ""},
    {"tsvector", TypeKind::varchar, ""},
    {"tsquery", TypeKind::varchar, ""},
    {"int4range", TypeKind::varchar, ""},
    {"int8range", TypeKind::varchar, ""},
    {"numrange", TypeKind::varchar, ""},
    {"tsrange", TypeKind::varchar, ""},
    {"tstzrange", TypeKind::varchar, ""},
    {"daterange", TypeKind::varchar, ""},
    {"int4multirange", TypeKind::varchar, ""},
    {"int8multirange", TypeKind::varchar, ""},
    {"nummultirange", TypeKind::varchar, ""},
    {"tsmultirange", TypeKind::varchar, ""},
    {"tstzmultirange", TypeKind::varchar, ""},
    {"datemultirange", TypeKind::varchar, ""},
    {"jsonpath", TypeKind::varchar, ""},
    {"pg_lsn", TypeKind::varchar, ""},
    {"pg_snapshot", TypeKind::varchar, ""},
    {"txid_snapshot", TypeKind::varchar, ""},
    {"xid", TypeKind::varchar, ""},
    {"xid8", TypeKind::varchar, ""},
    {"cid", TypeKind::varchar, ""},
    {"tid", TypeKind::varchar, ""},
    {"int2vector", TypeKind::varchar, ""},
    {"oidvector", TypeKind::varchar, ""},
    {"regclass", TypeKind::varchar, ""},
    {"regtype", TypeKind::varchar, ""},
    {"regproc", TypeKind::varchar, ""},
    {"refcursor", TypeKind::varchar, ""},
    {"ltree", TypeKind::varchar, ""},
};

const PgType* find_type(std::string_view name) {
    const auto* found =
        std::find_if(std::begin(kTypes), std::end(kTypes), [&](const PgType& type) { return type.name == name; });
    return found == std::end(kTypes) ? nullptr : found;
}

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
    const PgType* known = find_type(type.name);
    return {known == nullptr ? TypeKind::varchar : known->kind};
}

std::string joined(std::string_view first, std::string_view second) {
    return std::string(first) + (first.empty() || second.empty() ? "" : "; ") + std::string(second);
}

}  // namespace

ColumnType column_type_for(const SourceType& type) {
    if (type.is_array) return list_of(element_type(type));
    return element_type(type);
}

std::span<const PgType> pg_types() {
    return kTypes;
}

std::string beside_of(const SourceType& type) {
    const ColumnType element = element_type(type);
    const PgType* known = find_type(type.name);
    // As text a numeric has room for NaN.
    const std::string_view values = known == nullptr || element.kind != known->kind ? "" : known->beside;
    return type.is_array ? joined(kBesideLists, values) : std::string(values);
}

}  // namespace pintail::wire
