// Rows of a RowBatch into one table of the target, inside the loader's transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/destination.hpp"
#include "core/row_batch.hpp"
#include "duck/chunk_fill.hpp"
#include "duck/connection.hpp"
#include "duck/few_rows.hpp"
#include "duck/key_deleter.hpp"
#include "duck/quarantine_store.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

// What every writer needs; borrowed for one call.
struct WriteJob {
    const Connection& connection;
    QuarantineStore& quarantine;
    const Relation& relation;
    const Binding& binding;
    KeyDeleter& keys;
    FewRows& few;
    const RowBatch& rows;
    ApplyResult& result;
};

// Last state per key: delete the touched keys, append the survivors (docs/correctness.md, "Keyed tables").
void write_keyed(const WriteJob& job);

// Every insert is added, every remove takes exactly one row with the same bits.
void write_multiset(const WriteJob& job);

// Appends `selection` of the batch to the relation. `merged`: per batch column, the rows to take its cells from
// instead (same length as the selection); empty, or null where the column has none.
void append_survivors(const WriteJob& job, const RowSelection& selection, const std::vector<const uint32_t*>& merged);

// The columns of a temporary table of the given target columns' types, as SQL: "c1 BIGINT, c2 …" for prefix "c".
std::string stage_columns(const Relation& relation, const std::vector<size_t>& columns, const std::string& prefix);

}  // namespace pintail::duck
