#include "core/column_type.hpp"

#include <fmt/format.h>

namespace pintail {
namespace {

size_t decimal_width(uint8_t precision) {
    if (precision <= 4) return 2;
    if (precision <= 9) return 4;
    if (precision <= 18) return 8;
    return 16;
}

const char* kind_name(TypeKind kind) {
    switch (kind) {
        case TypeKind::boolean: return "boolean";
        case TypeKind::int16: return "int16";
        case TypeKind::int32: return "int32";
        case TypeKind::int64: return "int64";
        case TypeKind::uint32: return "uint32";
        case TypeKind::hugeint: return "hugeint";
        case TypeKind::float32: return "float32";
        case TypeKind::float64: return "float64";
        case TypeKind::decimal: return "decimal";
        case TypeKind::varchar: return "varchar";
        case TypeKind::json: return "json";
        case TypeKind::blob: return "blob";
        case TypeKind::bit: return "bit";
        case TypeKind::uuid: return "uuid";
        case TypeKind::date: return "date";
        case TypeKind::time: return "time";
        case TypeKind::time_tz: return "timetz";
        case TypeKind::timestamp: return "timestamp";
        case TypeKind::timestamp_tz: return "timestamptz";
        case TypeKind::interval: return "interval";
        case TypeKind::list: return "list";
        case TypeKind::structure: return "struct";
    }
    return "unknown";
}

}  // namespace

size_t cell_width(const ColumnType& type) {
    switch (type.kind) {
        case TypeKind::boolean: return 1;
        case TypeKind::int16: return 2;
        case TypeKind::int32:
        case TypeKind::uint32:
        case TypeKind::float32:
        case TypeKind::date: return 4;
        case TypeKind::int64:
        case TypeKind::float64:
        case TypeKind::time:
        case TypeKind::time_tz:
        case TypeKind::timestamp:
        case TypeKind::timestamp_tz: return 8;
        case TypeKind::decimal: return decimal_width(type.precision);
        case TypeKind::hugeint:
        case TypeKind::uuid:
        case TypeKind::interval:
        case TypeKind::varchar:
        case TypeKind::json:
        case TypeKind::blob:
        case TypeKind::bit:
        case TypeKind::list: return 16;
        case TypeKind::structure: return 0;
    }
    return 0;
}

bool is_string(TypeKind kind) {
    return kind == TypeKind::varchar || kind == TypeKind::json || kind == TypeKind::blob || kind == TypeKind::bit;
}

std::string to_string(const ColumnType& type) {
    if (type.kind == TypeKind::decimal) return fmt::format("decimal({},{})", type.precision, type.scale);
    if (type.kind == TypeKind::list) return to_string(type.fields.at(0).type) + "[]";
    if (type.kind != TypeKind::structure) return kind_name(type.kind);
    std::string text = "struct(";
    for (const Field& field : type.fields) {
        if (text.back() != '(') text += ", ";
        text += field.name + " " + to_string(field.type);
    }
    return text + ")";
}

ColumnType decimal_type(uint8_t precision, uint8_t scale) {
    return {TypeKind::decimal, precision, scale, {}};
}

ColumnType list_of(ColumnType element) {
    return {TypeKind::list, 0, 0, {Field{"", std::move(element)}}};
}

}  // namespace pintail
