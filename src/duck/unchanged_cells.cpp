#include "duck/unchanged_cells.hpp"

#include <algorithm>

namespace pintail::duck {
namespace {

// The row that holds the cell, going back through the images before `row`; kNoRow: none in this batch.
uint32_t row_with_cell(const Column& column, const Lineage& lineage, uint32_t row) {
    while (row != kNoRow && column.is_unchanged(row)) row = lineage.previous[row];
    return row;
}

class Merger {
public:
    explicit Merger(const RowBatch& rows) : rows_(rows) {
        merged_.lineage = trace_lineage(rows);
        merged_.complete_cells.resize(rows.columns.size());
        merged_.partial_cells.resize(rows.columns.size());
        for (uint32_t index = 0; index < rows.columns.size(); ++index) {
            if (rows.columns[index].has_unchanged()) unchanged_columns_.push_back(index);
        }
    }

    MergedRows merge(const std::vector<uint32_t>& wanted) {
        for (const uint32_t row : wanted) place(row);
        return std::move(merged_);
    }

private:
    void place(uint32_t row) {
        found_.clear();
        for (const uint32_t column : unchanged_columns_)
            found_.push_back(row_with_cell(rows_.columns[column], merged_.lineage, row));
        const bool complete = std::find(found_.begin(), found_.end(), kNoRow) == found_.end();
        if (complete) merged_.complete.push_back(row);
        else place_partial(row);
        auto& cells = complete ? merged_.complete_cells : merged_.partial_cells;
        for (size_t index = 0; index < found_.size(); ++index) {
            cells[unchanged_columns_[index]].push_back(found_[index] == kNoRow ? row : found_[index]);
        }
    }

    void place_partial(uint32_t row) {
        const uint32_t origin = merged_.lineage.origin[row];
        PartialGroup group{std::vector<bool>(rows_.columns.size()), false};
        for (size_t index = 0; index < found_.size(); ++index)
            group.in_target[unchanged_columns_[index]] = found_[index] == kNoRow;
        group.key_changed = origin != kNoRow && merged_.lineage.key_group[origin] != merged_.lineage.key_group[row];
        merged_.partial.push_back({row, origin, number_of(group)});
    }

    uint32_t number_of(const PartialGroup& group) {
        const auto same = [&](const PartialGroup& other) {
            return other.in_target == group.in_target && other.key_changed == group.key_changed;
        };
        const auto found = std::find_if(merged_.groups.begin(), merged_.groups.end(), same);
        if (found != merged_.groups.end()) return static_cast<uint32_t>(found - merged_.groups.begin());
        merged_.groups.push_back(group);
        return static_cast<uint32_t>(merged_.groups.size() - 1);
    }

    const RowBatch& rows_;
    std::vector<uint32_t> unchanged_columns_;
    std::vector<uint32_t> found_;
    MergedRows merged_;
};

}  // namespace

bool has_unchanged(const RowBatch& rows) {
    return std::any_of(rows.columns.begin(), rows.columns.end(),
                       [](const Column& column) { return column.has_unchanged(); });
}

MergedRows merge_unchanged(const RowBatch& rows, const std::vector<uint32_t>& wanted) {
    return Merger(rows).merge(wanted);
}

void keep_origins(const RowBatch& rows, const MergedRows& merged, Compaction& compaction) {
    std::vector<bool> kept(rows.rows());  // by key group
    for (const PartialRow& partial : merged.partial) {
        if (partial.origin != kNoRow) kept[merged.lineage.key_group[partial.origin]] = true;
    }
    const auto is_kept = [&](uint32_t row) { return kept[merged.lineage.key_group[row]]; };
    std::erase_if(compaction.replaced_keys, is_kept);
    std::erase_if(compaction.removed_keys, is_kept);
}

}  // namespace pintail::duck
