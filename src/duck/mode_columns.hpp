// The columns that a mode adds behind the source's: their names, types and meaning (docs/modes.md).
#pragma once

#include <span>
#include <string>

#include "duck/target_table.hpp"

namespace pintail::duck {

struct ModeColumnSpec {
    ModeColumn role;
    const char* name;
    TypeKind kind;
};

std::span<const ModeColumnSpec> mode_columns(TableMode mode);

// Throws Error(config), with the way out: whoever asks for _deleted would get the source's column of that name.
void refuse_taken_columns(const TableSchema& schema, TableMode mode);

TargetColumn mode_column(const ModeColumnSpec& spec);

// For pintail.tables: the column's name as it is meant to be.
std::string role_name(ModeColumn role);
ModeColumn parse_role(const std::string& name);

// Throws Error(destination) when somebody has dropped the column.
size_t index_of(const Relation& relation, ModeColumn role);

// Quoted.
std::string name_of(const Relation& relation, ModeColumn role);

}  // namespace pintail::duck
