#include "duck/sql_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/error.hpp"
#include "duck/quote.hpp"

namespace pintail::duck {
namespace {

struct PlainType {
    TypeKind kind;
    duckdb_type id;
    const char* sql;
};

constexpr std::array kPlainTypes = {
    PlainType{TypeKind::boolean, DUCKDB_TYPE_BOOLEAN, "BOOLEAN"},
    PlainType{TypeKind::int16, DUCKDB_TYPE_SMALLINT, "SMALLINT"},
    PlainType{TypeKind::int32, DUCKDB_TYPE_INTEGER, "INTEGER"},
    PlainType{TypeKind::int64, DUCKDB_TYPE_BIGINT, "BIGINT"},
    PlainType{TypeKind::uint32, DUCKDB_TYPE_UINTEGER, "UINTEGER"},
    PlainType{TypeKind::hugeint, DUCKDB_TYPE_HUGEINT, "HUGEINT"},
    PlainType{TypeKind::float32, DUCKDB_TYPE_FLOAT, "FLOAT"},
    PlainType{TypeKind::float64, DUCKDB_TYPE_DOUBLE, "DOUBLE"},
    PlainType{TypeKind::varchar, DUCKDB_TYPE_VARCHAR, "VARCHAR"},
    PlainType{TypeKind::json, DUCKDB_TYPE_VARCHAR, "JSON"},
    PlainType{TypeKind::blob, DUCKDB_TYPE_BLOB, "BLOB"},
    PlainType{TypeKind::bit, DUCKDB_TYPE_BIT, "BIT"},
    PlainType{TypeKind::uuid, DUCKDB_TYPE_UUID, "UUID"},
    PlainType{TypeKind::date, DUCKDB_TYPE_DATE, "DATE"},
    PlainType{TypeKind::time, DUCKDB_TYPE_TIME, "TIME"},
    PlainType{TypeKind::time_tz, DUCKDB_TYPE_TIME_TZ, "TIMETZ"},
    PlainType{TypeKind::timestamp, DUCKDB_TYPE_TIMESTAMP, "TIMESTAMP"},
    PlainType{TypeKind::timestamp_tz, DUCKDB_TYPE_TIMESTAMP_TZ, "TIMESTAMPTZ"},
    PlainType{TypeKind::interval, DUCKDB_TYPE_INTERVAL, "INTERVAL"},
};

const PlainType& plain(TypeKind kind) {
    const auto* found =
        std::find_if(kPlainTypes.begin(), kPlainTypes.end(), [&](const PlainType& t) { return t.kind == kind; });
    if (found == kPlainTypes.end()) throw Error(ErrorKind::internal, "a nested type was taken for a plain one");
    return *found;
}

LogicalType json_type() {
    LogicalType type(duckdb_create_logical_type(DUCKDB_TYPE_VARCHAR));
    duckdb_logical_type_set_alias(type.get(), "JSON");
    return type;
}

LogicalType struct_type(const ColumnType& type) {
    std::vector<LogicalType> owners;
    std::vector<duckdb_logical_type> members;
    std::vector<const char*> names;
    for (const Field& field : type.fields) {
        members.push_back(owners.emplace_back(logical_type(field.type)).get());
        names.push_back(field.name.c_str());
    }
    return LogicalType(duckdb_create_struct_type(members.data(), names.data(), members.size()));
}

std::string struct_sql(const ColumnType& type) {
    std::string sql;
    for (const Field& field : type.fields) {
        sql += fmt::format("{}{} {}", sql.empty() ? "" : ", ", quote_name(field.name), sql_type(field.type));
    }
    return "STRUCT(" + sql + ")";
}

bool is_json(duckdb_logical_type type) {
    char* alias = duckdb_logical_type_get_alias(type);
    const bool json = alias != nullptr && std::string_view(alias) == "JSON";
    duckdb_free(alias);
    return json;
}

std::optional<ColumnType> list_from(duckdb_logical_type type) {
    const LogicalType child(duckdb_list_type_child_type(type));
    auto element = column_type(child.get());
    if (!element) return std::nullopt;
    return list_of(std::move(*element));
}

std::optional<ColumnType> struct_from(duckdb_logical_type type) {
    ColumnType result{TypeKind::structure, 0, 0, {}};
    for (idx_t index = 0; index < duckdb_struct_type_child_count(type); ++index) {
        const LogicalType child(duckdb_struct_type_child_type(type, index));
        auto member = column_type(child.get());
        if (!member) return std::nullopt;
        char* name = duckdb_struct_type_child_name(type, index);
        result.fields.push_back({name, std::move(*member)});
        duckdb_free(name);
    }
    return result;
}

// Decimal digits that every value of the integer kind fits into; 0: not an integer kind.
int integer_digits(TypeKind kind) {
    switch (kind) {
        case TypeKind::int16: return 5;
        case TypeKind::int32:
        case TypeKind::uint32: return 10;
        case TypeKind::int64: return 19;
        case TypeKind::hugeint: return 39;
        default: return 0;
    }
}

bool widens_to_decimal(const ColumnType& from, const ColumnType& to) {
    const int whole = to.precision - to.scale;
    if (from.kind == TypeKind::decimal) return whole >= from.precision - from.scale && to.scale >= from.scale;
    const int digits = integer_digits(from.kind);
    return digits != 0 && whole >= digits;
}

bool widens_to_varchar(TypeKind from) {
    switch (from) {  // those whose text is the same in Postgres and in DuckDB
        case TypeKind::json:
        case TypeKind::uuid:
        case TypeKind::boolean:
        case TypeKind::decimal: return true;
        default: return integer_digits(from) != 0;
    }
}

bool plain_widens(TypeKind from, TypeKind to) {
    const auto one_of = [&](std::initializer_list<TypeKind> kinds) {
        return std::find(kinds.begin(), kinds.end(), to) != kinds.end();
    };
    switch (from) {
        case TypeKind::int16:
            return one_of({TypeKind::int32, TypeKind::int64, TypeKind::hugeint, TypeKind::float32, TypeKind::float64});
        case TypeKind::int32: return one_of({TypeKind::int64, TypeKind::hugeint, TypeKind::float64});
        case TypeKind::uint32: return one_of({TypeKind::int64, TypeKind::hugeint, TypeKind::float64});
        case TypeKind::int64: return one_of({TypeKind::hugeint});
        case TypeKind::float32: return one_of({TypeKind::float64});
        default: return false;
    }
}

}  // namespace

std::string sql_type(const ColumnType& type) {
    switch (type.kind) {
        case TypeKind::decimal: return fmt::format("DECIMAL({},{})", type.precision, type.scale);
        case TypeKind::list: return sql_type(type.fields.at(0).type) + "[]";
        case TypeKind::structure: return struct_sql(type);
        default: return plain(type.kind).sql;
    }
}

LogicalType logical_type(const ColumnType& type) {
    switch (type.kind) {
        case TypeKind::decimal: return LogicalType(duckdb_create_decimal_type(type.precision, type.scale));
        case TypeKind::json: return json_type();
        case TypeKind::list: return LogicalType(duckdb_create_list_type(logical_type(type.fields.at(0).type).get()));
        case TypeKind::structure: return struct_type(type);
        default: return LogicalType(duckdb_create_logical_type(plain(type.kind).id));
    }
}

std::optional<ColumnType> column_type(duckdb_logical_type type) {
    const duckdb_type id = duckdb_get_type_id(type);
    if (id == DUCKDB_TYPE_DECIMAL) return decimal_type(duckdb_decimal_width(type), duckdb_decimal_scale(type));
    if (id == DUCKDB_TYPE_LIST) return list_from(type);
    if (id == DUCKDB_TYPE_STRUCT) return struct_from(type);
    if (id == DUCKDB_TYPE_VARCHAR && is_json(type)) return ColumnType{TypeKind::json};
    const auto* found =
        std::find_if(kPlainTypes.begin(), kPlainTypes.end(), [&](const PlainType& t) { return t.id == id; });
    if (found == kPlainTypes.end()) return std::nullopt;
    return ColumnType{found->kind};
}

bool widens_losslessly(const ColumnType& from, const ColumnType& to) {
    if (from == to) return true;
    if (from.kind == TypeKind::list && to.kind == TypeKind::list) {
        return widens_losslessly(from.fields.at(0).type, to.fields.at(0).type);
    }
    if (to.kind == TypeKind::decimal) return widens_to_decimal(from, to);
    if (to.kind == TypeKind::varchar) return widens_to_varchar(from.kind);
    return plain_widens(from.kind, to.kind);
}

bool equality_is_coarse(const ColumnType& type) {
    if (type.kind == TypeKind::interval) return true;
    return std::any_of(type.fields.begin(), type.fields.end(),
                       [](const Field& field) { return equality_is_coarse(field.type); });
}

}  // namespace pintail::duck
