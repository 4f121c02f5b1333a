// Which ColumnType holds a Postgres type exactly. The one table that both paths (pgoutput, Debezium) use.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/source_table.hpp"

namespace pintail::wire {

// Never fails: a type that has no native home becomes varchar and keeps Postgres' own text.
ColumnType column_type_for(const SourceType& type);

// A row of the table itself, for docs/types.md and `--dry-run`.
struct PgType {
    std::string_view name;    // pg_type.typname
    TypeKind kind;            // of its column; numeric and money choose precision and scale
    std::string_view beside;  // values that the column cannot hold: kept in COLUMN__exact; empty: none
};

std::span<const PgType> pg_types();

inline constexpr std::string_view kBesideLists = "arrays of more than one dimension or with a first index other than 1";

// What of the type's values cannot stand in its column; empty: nothing.
std::string beside_of(const SourceType& type);

}  // namespace pintail::wire
