// The DecodeCell functions: one per encoding of
// https://debezium.io/documentation/reference/stable/connectors/postgresql.html#postgresql-data-types
//
// Left: the JSON value; right: the TypeKind that the plan must have.
#pragma once

#include "wire/cell_plan.hpp"

namespace pintail::wire {

// cells_numeric.cpp
Token decode_boolean(const CellPlan&, Token, CellContext&, Column&);  // true, false → boolean
Token decode_int16(const CellPlan&, Token, CellContext&, Column&);    // number → int16
Token decode_int32(const CellPlan&, Token, CellContext&, Column&);    // number → int32
Token decode_int64(const CellPlan&, Token, CellContext&, Column&);    // number → int64
Token decode_uint32(const CellPlan&, Token, CellContext&, Column&);   // number → uint32
Token decode_float32(const CellPlan&, Token, CellContext&, Column&);  // number, "NaN", "-Infinity" → float32
Token decode_float64(const CellPlan&, Token, CellContext&, Column&);  // the same → float64

// cells_decimal.cpp
Token decode_decimal(const CellPlan&, Token, CellContext&, Column&);       // base64 of the unscaled value → decimal
Token decode_wide_decimal(const CellPlan&, Token, CellContext&, Column&);  // the same, of any width → varchar
Token decode_variable_decimal(const CellPlan&, Token, CellContext&, Column&);  // {"scale","value"} → varchar
Token decode_decimal_text(const CellPlan&, Token, CellContext&, Column&);      // "12.50" → decimal
Token decode_number_text(const CellPlan&, Token, CellContext&,
                         Column&);  // "12.50", "NAN" → varchar, Postgres' spelling

// cells_text.cpp
Token decode_string(const CellPlan&, Token, CellContext&, Column&);  // string → varchar, json
Token decode_uuid(const CellPlan&, Token, CellContext&, Column&);    // "00112233-…" → uuid

// cells_binary.cpp
Token decode_base64(const CellPlan&, Token, CellContext&, Column&);       // base64 → blob
Token decode_hex(const CellPlan&, Token, CellContext&, Column&);          // hex digits → blob
Token decode_base64_text(const CellPlan&, Token, CellContext&, Column&);  // base64 of a text → varchar
Token decode_hex_text(const CellPlan&, Token, CellContext&, Column&);
Token decode_tsvector(const CellPlan&, Token, CellContext&, Column&);  // text, from Debezium 2.6 base64 of it → varchar
Token decode_bits(const CellPlan&, Token, CellContext&, Column&);      // base64, little-endian; true, false → bit

// cells_temporal.cpp. "or ISO" strings say themselves what they are, whatever the connector's time.precision.mode.
Token decode_date(const CellPlan&, Token, CellContext&, Column&);         // days or ISO → date
Token decode_time_millis(const CellPlan&, Token, CellContext&, Column&);  // or ISO → time
Token decode_time_micros(const CellPlan&, Token, CellContext&, Column&);
Token decode_time_nanos(const CellPlan&, Token, CellContext&, Column&);
Token decode_zoned_time(const CellPlan&, Token, CellContext&, Column&);        // ISO → time_tz
Token decode_timestamp_millis(const CellPlan&, Token, CellContext&, Column&);  // or ISO → timestamp
Token decode_timestamp_micros(const CellPlan&, Token, CellContext&, Column&);
Token decode_timestamp_nanos(const CellPlan&, Token, CellContext&, Column&);
Token decode_zoned_timestamp(const CellPlan&, Token, CellContext&, Column&);  // ISO, "infinity" → timestamp_tz
Token decode_duration(const CellPlan&, Token, CellContext&, Column&);         // microseconds → int64
Token decode_interval(const CellPlan&, Token, CellContext&, Column&);         // ISO → interval

// cells_nested.cpp
Token decode_as_text(const CellPlan&, Token, CellContext&,
                     Column&);  // whatever elements[0] reads → varchar, as Postgres prints it
Token decode_list(const CellPlan&, Token, CellContext&, Column&);        // array → list
Token decode_json_value(const CellPlan&, Token, CellContext&, Column&);  // any value → json, as its own text
Token decode_string_or_json(const CellPlan&, Token, CellContext&,
                            Column&);  // a string's text, else the value's → varchar, json

}  // namespace pintail::wire
