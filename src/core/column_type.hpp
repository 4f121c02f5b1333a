// The type of a column as the target will store it: a closed set of kinds, each with one physical layout.
//
// The layouts are DuckDB's own (duckdb.h, "duckdb_vector_get_data"), so that a finished column is handed over
// without conversion. A decoder chooses the ColumnType; only duck/ knows its SQL name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pintail {

enum class TypeKind : uint8_t {
    boolean,       // uint8_t, 0 or 1
    int16,         // int16_t
    int32,         // int32_t
    int64,         // int64_t
    uint32,        // uint32_t (oid)
    hugeint,       // Int128
    float32,       // float
    float64,       // double
    decimal,       // int16_t | int32_t | int64_t | Int128 by precision <= 4 | 9 | 18 | 38; the unscaled value
    varchar,       // StringCell, valid UTF-8
    json,          // StringCell, the text as the source gave it, valid UTF-8
    blob,          // StringCell, any bytes
    bit,           // StringCell in DuckDB's BIT form: pad count, then bits MSB first, pad bits 1
    uuid,          // Int128, the high half with its top bit flipped
    date,          // int32_t days since 1970-01-01; infinity INT32_MAX, -infinity -INT32_MAX
    time,          // int64_t microseconds since midnight, 24:00:00 allowed
    time_tz,       // uint64_t as duckdb_create_time_tz() packs it
    timestamp,     // int64_t microseconds since 1970-01-01; infinity INT64_MAX, -infinity -INT64_MAX
    timestamp_tz,  // the same, UTC
    interval,      // Interval
    list,          // ListCell into one child column; fields[0] is the element
    structure      // no cells of its own; one child column per field
};

struct Field;

struct ColumnType {
    TypeKind kind = TypeKind::varchar;
    uint8_t precision = 0;  // decimal only: 1..38
    uint8_t scale = 0;      // decimal only: 0..precision
    std::vector<Field> fields;

    bool operator==(const ColumnType&) const;
};

struct Field {
    std::string name;  // empty for a list's element
    ColumnType type;

    bool operator==(const Field&) const = default;
};

inline bool ColumnType::operator==(const ColumnType& other) const {
    return kind == other.kind && precision == other.precision && scale == other.scale && fields == other.fields;
}

// Two's complement, low half first, as DuckDB's hugeint_t.
struct Int128 {
    uint64_t low = 0;
    int64_t high = 0;

    bool operator==(const Int128&) const = default;
};

struct Interval {
    int32_t months = 0;
    int32_t days = 0;
    int64_t micros = 0;

    bool operator==(const Interval&) const = default;
};

// A list's slice [offset, offset + length) of its child column.
struct ListCell {
    uint64_t offset = 0;
    uint64_t length = 0;

    bool operator==(const ListCell&) const = default;
};

// Bytes of one cell in the column's own array; 0 for a structure.
size_t cell_width(const ColumnType& type);

bool is_string(TypeKind kind);  // stored as StringCell

// A short name for messages and logs ("decimal(12,2)", "int32[]"); not SQL.
std::string to_string(const ColumnType& type);

ColumnType decimal_type(uint8_t precision, uint8_t scale);
ColumnType list_of(ColumnType element);

}  // namespace pintail
