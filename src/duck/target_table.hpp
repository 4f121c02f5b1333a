// What the loader knows of a table in the target: its names there, its columns, and the state of its snapshot.
//
// A mirror of pintail.tables and of DuckDB's catalog, owned by one DuckDestination and dropped after any Error.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/table_mode.hpp"
#include "core/table_schema.hpp"

namespace pintail::duck {

// What a column that the table's mode adds says (duck/mode_columns.hpp).
enum class ModeColumn : uint8_t { none, deleted, deleted_at, op, commit_time, lsn, sequence, valid_from, valid_to };

struct TargetColumn {
    std::string name;  // in the target; differs from source_name where only case told two apart
    // Empty: a column of the table's mode, or somebody else's, which is left NULL. exact_column_name() of another: its
    // texts.
    std::string source_name;
    std::string source_type;         // for people
    std::optional<ColumnType> type;  // nullopt: a type that pintail never makes
    bool gone = false;               // the source has dropped it; NULL in new rows
    ModeColumn role = ModeColumn::none;
};

// One physical table.
struct Relation {
    std::string catalog;
    std::string schema;
    std::string name;
    std::vector<TargetColumn> columns;  // in the target's order

    std::string sql() const;  // qualified and quoted
    const TargetColumn* find_source(const std::string& source_name) const;
};

struct TargetTable {
    TableName source;  // as the source calls it
    TableMode mode = TableMode::mirror;
    Relation visible;
    bool shown = true;               // false: `visible` is a name only, the table comes with its first copy
    std::optional<Relation> shadow;  // a copy that is not shown: being filled, or whole when snapshot_open is false
    std::vector<std::string> key;    // source names, in key order; empty: a multiset
    std::optional<uint64_t> snapshot_lsn;
    int64_t snapshot_time_us = 0;  // the source's clock when it was taken; 0: not known
    bool snapshot_open = false;
    std::string quarantined;  // why it is not followed; empty: it is
};

// The target's columns seen from one TableSchema: where each finds its cells, and how the key is called there.
struct Binding {
    std::shared_ptr<const TableSchema> schema;
    std::vector<int> batch_column;    // per target column: index into the schema's columns, or -1
    std::vector<size_t> key_columns;  // indexes into the target's columns, in key order
};

// Throws Error(internal) when a column of the schema has no place: shapes are brought in line before rows come.
Binding bind(const Relation& relation, const std::shared_ptr<const TableSchema>& schema);

// The type as DuckDB can have it: members of a structure whose names differ only by case are told apart.
ColumnType storable(const ColumnType& type);

// The table's name in the target beside tables that are `taken` there. A schema is never pintail's own, nor one of
// DuckDB's.
TableName distinct_table_name(const TableName& wanted, const std::vector<TableName>& taken);

// `wanted`, or `wanted_2`, …: the first that equals none of `taken` but for case.
std::string distinct_name(const std::string& wanted, const std::vector<std::string>& taken);

}  // namespace pintail::duck
