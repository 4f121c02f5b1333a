// Rows of a RowBatch into one table of the target, inside the loader's transaction: what the writers of all modes
// share.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/destination.hpp"
#include "core/row_batch.hpp"
#include "duck/chunk_fill.hpp"
#include "duck/connection.hpp"
#include "duck/quarantine_store.hpp"
#include "duck/row_inserter.hpp"
#include "duck/table_writer.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// What every writer needs; borrowed for one call.
struct WriteJob {
    const Connection& connection;
    QuarantineStore& quarantine;
    const Relation& relation;
    const Binding& binding;
    RowInserter& inserter;
    const RowBatch& rows;
    ApplyResult& result;
};

WriteJob job_for(const WriterPlace& place, RowInserter& inserter, const RowBatch& rows, ApplyResult& result);

// Cells of the mode's columns by index of the target's column: one cell per row that is written.
using ModeCells = std::map<size_t, const Column*>;

// Appends `selection` of the batch to the relation. `merged`: per batch column, the rows to take its cells from
// instead (same length as the selection); empty, or null where the column has none.
void append_survivors(const WriteJob& job, const RowSelection& selection, const std::vector<const uint32_t*>& merged,
                      const ModeCells& added = {});

// All of the batch when `rows` are that many (ascending): runs are copied faster than selections.
RowSelection select_rows(const std::vector<uint32_t>& rows, const RowBatch& batch);

// The columns of a temporary table of the given target columns' types, as SQL: "c1 BIGINT, c2 …" for prefix "c".
std::string stage_columns(const Relation& relation, const std::vector<size_t>& columns, const std::string& prefix);

// Indexes of the target's columns that the batch has cells for.
std::vector<size_t> sent_columns(const Binding& binding);

// A hidden copy's own rows: they are read at one snapshot, where a key stands once, and come before any change of it.
bool is_copied(const RowBatch& rows);

// Throws Error(data): a table without a key whose change leaves cells out cannot be followed.
void refuse_unchanged(const RowBatch& rows);

}  // namespace pintail::duck
