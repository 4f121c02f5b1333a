// Bringing a table of the target in line with the shape that the source sends.
//
// Only what loses nothing is done: new columns, lossless widenings, other types as ShapePolicy says; a column that the
// source dropped stays (unless it is to go: DroppedColumns), NULL in new rows, and is set aside under another name
// (NAME_dropped) when one of its name comes again. ALTER runs only before the first row of the table in the
// transaction, since DuckDB cannot commit DELETE followed by ALTER of one table; later in it the table is made anew
// (create, copy, drop, rename the new one), which it can.
#pragma once

#include <string>
#include <vector>

#include "core/batch.hpp"
#include "core/table_schema.hpp"
#include "duck/connection.hpp"
#include "duck/target_options.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// A ShapeChange that counts as a change of rows.
inline constexpr const char* kRebuilt = "rebuild table";

struct ShapeChange {
    std::string change;  // "create table", "add column", "drop column", "widen column", "cast column", "rename column",
                         // "set aside column", kRebuilt
    std::string column;  // as the source calls it
    std::string old_text;
    std::string new_text;
};

// Throws Error(schema) when somebody else's table or view has the relation's name.
void refuse_taken_name(const Connection& connection, const Relation& relation);

// `relation` (name only, no columns) becomes a table of `schema`'s shape, with the columns of `mode` behind them. With
// `replace`, whatever has the name goes. Throws Error(schema) when somebody else's table or view has the name.
std::vector<ShapeChange> create_relation(const Connection& connection, Relation& relation, const TableSchema& schema,
                                         TableMode mode, bool replace);

// `relation` becomes able to hold rows of `schema`. `rows_changed`: the transaction has changed rows of it. `policy`:
// what becomes of its columns that `schema` does not have, or as another type. Throws UnfollowableChange for a
// type that neither widens to the target's nor the other way round, where the policy knows no way; nothing has been
// changed then.
std::vector<ShapeChange> widen_relation(const Connection& connection, Relation& relation, const TableSchema& schema,
                                        bool rows_changed, ShapePolicy policy = {});

// `relation` gets a name that nothing of its schema has: NAME with this ending, or the like. Answers it.
// `rows_changed`: as move_relation() has it.
std::string set_aside_relation(const Connection& connection, const Relation& relation, const char* ending,
                               bool rows_changed);

// Columns get other names, all at once, with what stands beside them (ExactColumns); also behind rows, which DuckDB
// can.
std::vector<ShapeChange> rename_columns(const Connection& connection, Relation& relation,
                                        const std::vector<ColumnRename>& renamed);

// The columns of these names are others' from now on, with what stands beside them: the next widen_relation() deals
// with them as dropped.
std::vector<ShapeChange> mark_dropped(Relation& relation, const std::vector<std::string>& names,
                                      DroppedColumns dropped);

}  // namespace pintail::duck
