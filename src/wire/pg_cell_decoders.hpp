// The decoders that pg_cells.cpp chooses from, one per way in which Postgres writes a value. See DecodePgCell.
#pragma once

#include "wire/pg_cells.hpp"

namespace pintail::wire {

#define PINTAIL_PG_CELL(name) void name(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column)

// pg_text_cells.cpp
PINTAIL_PG_CELL(text_to_boolean);
PINTAIL_PG_CELL(text_to_int16);
PINTAIL_PG_CELL(text_to_int32);
PINTAIL_PG_CELL(text_to_int64);
PINTAIL_PG_CELL(text_to_uint32);
PINTAIL_PG_CELL(text_to_float32);
PINTAIL_PG_CELL(text_to_float64);
PINTAIL_PG_CELL(text_to_decimal);
PINTAIL_PG_CELL(text_to_money);
PINTAIL_PG_CELL(text_to_string);  // also of binary: the send functions of text-like types write the text
PINTAIL_PG_CELL(text_to_blob);
PINTAIL_PG_CELL(text_to_bits);
PINTAIL_PG_CELL(text_to_uuid);

// pg_text_times.cpp
PINTAIL_PG_CELL(text_to_date);
PINTAIL_PG_CELL(text_to_time);
PINTAIL_PG_CELL(text_to_time_tz);
PINTAIL_PG_CELL(text_to_timestamp);  // with and without time zone: the session's zone is UTC
PINTAIL_PG_CELL(text_to_interval);

// pg_text_hstore.cpp
PINTAIL_PG_CELL(text_to_hstore);

// pg_text_lists.cpp
PINTAIL_PG_CELL(text_to_list);

// pg_binary_cells.cpp
PINTAIL_PG_CELL(binary_to_boolean);
PINTAIL_PG_CELL(binary_to_int16);
PINTAIL_PG_CELL(binary_to_int32);
PINTAIL_PG_CELL(binary_to_int64);
PINTAIL_PG_CELL(binary_to_decimal);
PINTAIL_PG_CELL(binary_to_money);
PINTAIL_PG_CELL(binary_to_blob);
PINTAIL_PG_CELL(binary_to_bits);
PINTAIL_PG_CELL(binary_to_uuid);
PINTAIL_PG_CELL(binary_to_jsonb);
PINTAIL_PG_CELL(binary_to_date);
PINTAIL_PG_CELL(binary_to_time);
PINTAIL_PG_CELL(binary_to_time_tz);
PINTAIL_PG_CELL(binary_to_timestamp);

#undef PINTAIL_PG_CELL

}  // namespace pintail::wire
