// How one table's rows arrive from Postgres: its shape, and a plan per column. Immutable once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/source_table.hpp"
#include "core/table_schema.hpp"
#include "wire/pg_cells.hpp"

namespace pintail::wire {

struct PgColumn {
    std::string name;
    SourceType type;
    std::shared_ptr<const Column> default_cell;  // what earlier rows get; null: NULL
    ColumnPolicy policy = ColumnPolicy::exact;
};

struct PgLayout {
    std::shared_ptr<const TableSchema> schema;
    std::vector<PgCellPlan> cells;  // one per column of the schema

    // Columns whose values a binary COPY has to give as text.
    bool copies_as_text(size_t column) const { return cells[column].from_binary == nullptr; }
};

// `key`: names of the columns that tell rows apart, in any order; a name that is no column makes the table a multiset.
PgLayout make_pg_layout(const TableName& name, const std::vector<PgColumn>& columns,
                        const std::vector<std::string>& key);

}  // namespace pintail::wire
