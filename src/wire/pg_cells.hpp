// How Postgres writes the values of one column, in text and in binary, and the functions that read them.
//
// A plan is made once per column from its type and then only read: nothing looks at type names while rows are decoded.
// Text is what a type's output function writes under the settings that postgres/connection pins; binary is what its
// send function writes (https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-FORMAT-CODES).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/arena.hpp"
#include "core/column.hpp"
#include "core/column_policy.hpp"
#include "core/error.hpp"
#include "core/source_table.hpp"
#include "wire/beyond_type.hpp"

namespace pintail::wire {

struct PgCellPlan;

// Appends exactly one cell for a value that is not NULL. BeyondType when the target's type cannot hold the value (the
// column may then have an unfinished list), Error (data) when it is no value of its type.
using DecodePgCell = void (*)(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column);

struct PgCellPlan {
    ColumnType type;
    DecodePgCell from_text = nullptr;
    DecodePgCell from_binary = nullptr;  // null: the value has to be asked for as text
    std::string source_type;             // for people: "numeric(12,2)"
    char delimiter = ',';                // lists: what separates the elements (pg_type.typdelim)
    ColumnPolicy policy = ColumnPolicy::exact;
    std::shared_ptr<const PgCellPlan> element;  // lists only
};

// Never fails: what has no native home becomes varchar and keeps Postgres' own text.
PgCellPlan plan_pg_cell(const SourceType& type, ColumnPolicy policy = ColumnPolicy::exact);

// The error of a value that is none of its type. It names the types, never the value.
Error unfit(const PgCellPlan& plan, const char* why);
// Of one that the target's type cannot hold. `exact_text`: as Postgres prints it, for decoders of binary values.
BeyondType beyond(const PgCellPlan& plan, const char* why, std::string exact_text = {});

}  // namespace pintail::wire
