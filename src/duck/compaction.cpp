#include "duck/compaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "duck/row_groups.hpp"

namespace pintail::duck {
namespace {

template <typename Cell>
bool rises(const Column& column) {
    for (size_t row = 1; row < column.size(); ++row) {
        if (column.at<Cell>(row) <= column.at<Cell>(row - 1)) return false;
    }
    return true;
}

// Serial keys in the order in which they were given out: each stands once, and nothing has to be looked up.
bool keys_rise(const RowBatch& rows) {
    if (rows.schema->key.size() != 1) return false;
    const Column& column = rows.columns[rows.schema->key[0]];
    switch (rows.schema->columns[rows.schema->key[0]].type.kind) {
        case TypeKind::int16: return rises<int16_t>(column);
        case TypeKind::int32: return rises<int32_t>(column);
        case TypeKind::int64: return rises<int64_t>(column);
        default: return false;
    }
}

// The state of a key while the batch is walked in order.
struct Occupant {
    uint32_t row = kNoRow;  // the last row under the key
    bool removed = false;   // that row was a remove
};

class LineageWalk {
public:
    explicit LineageWalk(const RowBatch& rows) : rows_(rows), groups_(rows, rows.schema->key, RowEquality::as_key) {
        lineage_.previous.assign(rows.rows(), kNoRow);
        lineage_.origin.assign(rows.rows(), kNoRow);
        lineage_.key_group.resize(rows.rows());
    }

    Lineage walk() {
        auto change = rows_.key_changes.begin();
        for (uint32_t row = 0; row < rows_.rows(); ++row) {
            const bool key_changed = change != rows_.key_changes.end() && change->row == row;
            visit(row, key_changed ? (change++)->removed_row : kNoRow);
        }
        return std::move(lineage_);
    }

private:
    void visit(uint32_t row, uint32_t removed_row) {
        Occupant& occupant = occupant_of(row);
        if (removed_row != kNoRow) inherit(row, removed_row);
        else follow(row, occupant);
        occupant = {row, rows_.ops[row] == Op::remove};
    }

    Occupant& occupant_of(uint32_t row) {
        const uint32_t group = lineage_.key_group[row] = groups_.group_of(row);
        if (group >= occupants_.size()) occupants_.resize(group + 1);
        return occupants_[group];
    }

    // The same image as the removed row had: a remove has no cells, so what it was made from is passed on.
    void inherit(uint32_t row, uint32_t removed_row) {
        lineage_.previous[row] = lineage_.previous[removed_row];
        lineage_.origin[row] = lineage_.origin[removed_row];
    }

    void follow(uint32_t row, const Occupant& occupant) {
        if (occupant.row == kNoRow) {
            lineage_.origin[row] = row;  // untouched so far: the target has it under this very key
        } else if (!occupant.removed) {
            lineage_.previous[row] = occupant.row;
            lineage_.origin[row] = lineage_.origin[occupant.row];
        }
    }

    const RowBatch& rows_;
    RowGroups groups_;
    std::vector<Occupant> occupants_;
    Lineage lineage_;
};

}  // namespace

void refuse_null_keys(const RowBatch& rows) {
    for (const uint32_t key : rows.schema->key) {
        const Column& column = rows.columns[key];
        for (size_t row = 0; column.has_nulls() && row < rows.rows(); ++row) {
            if (!column.is_null(row)) continue;
            throw Error(ErrorKind::data,
                        fmt::format("table {}: key column {} is NULL in a change: no row can be found by it",
                                    to_string(rows.schema->name), rows.schema->columns[key].name));
        }
    }
}

KeyRows rows_by_key(const RowBatch& rows) {
    refuse_null_keys(rows);
    const auto count = static_cast<uint32_t>(rows.rows());
    KeyRows result;
    const auto image_of = [&](uint32_t row) { return rows.ops[row] == Op::remove ? kNoRow : row; };
    if (keys_rise(rows)) {
        result.first.resize(count);
        std::iota(result.first.begin(), result.first.end(), 0u);
        result.last = result.first;
        result.image.resize(count);
        for (uint32_t row = 0; row < count; ++row) result.image[row] = image_of(row);
        return result;
    }
    RowGroups groups(rows, rows.schema->key, RowEquality::as_key);
    result.last.reserve(count);
    result.image.reserve(count);
    for (uint32_t row = 0; row < count; ++row) {
        const uint32_t group = groups.group_of(row);
        if (group == result.last.size()) {
            result.last.push_back(row);
            result.image.push_back(image_of(row));
        } else {
            result.last[group] = row;
            if (rows.ops[row] != Op::remove) result.image[group] = row;
        }
    }
    result.first.resize(groups.count());
    for (uint32_t group = 0; group < groups.count(); ++group) result.first[group] = groups.first_row(group);
    return result;
}

bool brings_new_key(const RowBatch& rows, uint32_t row) {
    if (rows.ops[row] == Op::insert || rows.ops[row] == Op::snapshot) return true;
    const auto change = std::lower_bound(rows.key_changes.begin(), rows.key_changes.end(), row,
                                         [](const KeyChange& one, uint32_t wanted) { return one.row < wanted; });
    return change != rows.key_changes.end() && change->row == row;
}

Compaction compact(const RowBatch& rows) {
    const auto count = static_cast<uint32_t>(rows.rows());
    const KeyRows keys = rows_by_key(rows);
    Compaction result;
    std::vector<bool> survives(count);
    for (size_t key = 0; key < keys.last.size(); ++key) {
        const bool removed = rows.ops[keys.last[key]] == Op::remove;
        survives[keys.last[key]] = !removed;
        const bool must_exist = removed && !brings_new_key(rows, keys.first[key]);
        (must_exist ? result.removed_keys : result.replaced_keys).push_back(keys.last[key]);
    }
    result.survivors.reserve(keys.last.size());
    for (uint32_t row = 0; row < count; ++row) {
        if (survives[row]) result.survivors.push_back(row);
    }
    return result;
}

Lineage trace_lineage(const RowBatch& rows) {
    return LineageWalk(rows).walk();
}

}  // namespace pintail::duck
