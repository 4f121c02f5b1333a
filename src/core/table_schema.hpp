// The shape of one source table at one moment, as the target is to have it.
//
// Immutable once shared: decoders make a new TableSchema when the source's shape changes, and every RowBatch holds
// the one that its rows were decoded under.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/column_type.hpp"

namespace pintail {

class Column;

struct TableName {
    std::string schema;
    std::string table;

    auto operator<=>(const TableName&) const = default;
};

// "public.users": for messages; duck/ and postgres/ quote for SQL.
std::string to_string(const TableName& name);

// ColumnSchema::source_type of a column whose type was guessed from its values (--infer).
inline constexpr const char* kInferredType = "inferred";

struct ColumnSchema {
    std::string name;
    ColumnType type;
    std::string
        source_type;  // as the source names it ("numeric(12,2)", "io.debezium.time.Date"), kInferredType; for people
    // What rows that were there before the column get; one cell, null where the source said nothing.
    std::shared_ptr<const Column> default_cell;
};

struct TableSchema {
    TableName name;
    std::vector<ColumnSchema> columns;
    // Indexes into `columns`, in key order. Empty: the table has no usable key and is a multiset.
    std::vector<uint32_t> key;

    bool has_key() const { return !key.empty(); }
};

// The column that keeps, as the source prints them, the values which `column` cannot hold (ExactCell). The name is no
// source's: it has a zero byte in it. Readers see it as COLUMN__exact.
std::string exact_column_name(const std::string& column);
// nullopt: an ordinary column's name.
std::optional<std::string> column_of_exact(const std::string& name);
// As people may read it.
std::string shown_column_name(const std::string& name);

// Same columns (name and type, in order) and same key; the name and the defaults do not count.
bool same_shape(const TableSchema& a, const TableSchema& b);

}  // namespace pintail
