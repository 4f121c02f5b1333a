#include "duck/history_cells.hpp"

#include <algorithm>

#include "duck/mode_columns.hpp"

namespace pintail::duck {
namespace {

const ColumnType kText{TypeKind::varchar};
const ColumnType kTime{TypeKind::timestamp_tz};
const ColumnType kBigint{TypeKind::int64};

// Both paths say the same of a changed key: the row under the old one is deleted, one under the new one inserted.
const char* op_of(const RowBatch& rows, uint32_t row) {
    switch (rows.ops[row]) {
        case Op::insert: return "insert";
        case Op::remove: return kDeleteOp;
        case Op::snapshot: return kSnapshotOp;
        case Op::update: break;
    }
    const auto change = std::lower_bound(rows.key_changes.begin(), rows.key_changes.end(), row,
                                         [](const KeyChange& one, uint32_t wanted) { return one.row < wanted; });
    return change != rows.key_changes.end() && change->row == row ? "insert" : "update";
}

}  // namespace

HistoryCells::HistoryCells(const Relation& relation, const RowBatch& rows, const VersionChain& chain,
                           int64_t first_sequence, const RowSelection& selected)
    : relation_(relation),
      op_(kText),
      commit_time_(kTime),
      lsn_(kBigint),
      sequence_(kBigint),
      valid_from_(kTime),
      valid_to_(kTime) {
    for (Column* column : {&op_, &commit_time_, &lsn_, &sequence_, &valid_from_, &valid_to_})
        column->reserve(selected.count);
    for (size_t index = 0; index < selected.count; ++index)
        push(rows, chain, first_sequence, static_cast<uint32_t>(selected.row(index)));
}

void HistoryCells::push(const RowBatch& rows, const VersionChain& chain, int64_t first_sequence, uint32_t row) {
    op_.push_string(op_of(rows, row), arena_);
    commit_time_.push(rows.origins[row].commit_time_us);
    // Incremental snapshots have none.
    if (rows.origins[row].lsn == 0) lsn_.push_null();
    else lsn_.push(static_cast<int64_t>(rows.origins[row].lsn));
    sequence_.push(first_sequence + row);
    valid_from_.push(chain.valid_from[row]);
    if (chain.valid_to[row] == kStillValid) valid_to_.push_null();
    else valid_to_.push(chain.valid_to[row]);
}

ModeCells HistoryCells::cells() const {
    return {{index_of(relation_, ModeColumn::op), &op_},
            {index_of(relation_, ModeColumn::commit_time), &commit_time_},
            {index_of(relation_, ModeColumn::lsn), &lsn_},
            {index_of(relation_, ModeColumn::sequence), &sequence_},
            {index_of(relation_, ModeColumn::valid_from), &valid_from_},
            {index_of(relation_, ModeColumn::valid_to), &valid_to_}};
}

}  // namespace pintail::duck
