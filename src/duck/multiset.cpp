#include "duck/multiset.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

#include "duck/row_groups.hpp"

namespace pintail::duck {
namespace {

struct Tally {
    uint32_t pending = 0;    // inserts so far that no remove has taken back
    uint32_t cancelled = 0;  // inserts that one has
    int64_t wanted = 0;      // removes that the target has to serve
};

std::vector<uint32_t> all_columns(const RowBatch& rows) {
    std::vector<uint32_t> columns(rows.columns.size());
    std::iota(columns.begin(), columns.end(), 0u);
    return columns;
}

void count(Tally& tally, Op op) {
    if (op != Op::remove) {
        ++tally.pending;
    } else if (tally.pending > 0) {
        --tally.pending;
        ++tally.cancelled;
    } else {
        ++tally.wanted;
    }
}

MultisetChanges inserts_only(const RowBatch& rows) {
    MultisetChanges changes;
    changes.inserts.resize(rows.rows());
    std::iota(changes.inserts.begin(), changes.inserts.end(), 0u);
    return changes;
}

}  // namespace

MultisetChanges net_changes(const RowBatch& rows) {
    if (std::find(rows.ops.begin(), rows.ops.end(), Op::remove) == rows.ops.end()) return inserts_only(rows);
    RowGroups groups(rows, all_columns(rows), RowEquality::as_key);
    std::vector<uint32_t> group_of(rows.rows());
    std::vector<Tally> tallies;
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        group_of[row] = groups.group_of(row);
        if (group_of[row] == tallies.size()) tallies.emplace_back();
        count(tallies[group_of[row]], rows.ops[row]);
    }
    MultisetChanges changes;
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        Tally& tally = tallies[group_of[row]];
        if (rows.ops[row] == Op::remove) {
            if (tally.wanted == 0) continue;
            changes.removed.push_back(row);
            changes.times.push_back(std::exchange(tally.wanted, 0));
        } else if (tally.cancelled > 0) {
            --tally.cancelled;
        } else {
            changes.inserts.push_back(row);
        }
    }
    return changes;
}

MultisetEnds pair_removes(const RowBatch& rows) {
    MultisetEnds ends;
    ends.ended_by.assign(rows.rows(), kNoRow);
    ends.first.push_back(0);
    if (std::find(rows.ops.begin(), rows.ops.end(), Op::remove) == rows.ops.end()) return ends;
    RowGroups groups(rows, all_columns(rows), RowEquality::as_key);
    std::vector<std::vector<uint32_t>> pending;   // per group: inserts that no remove has taken
    std::vector<std::vector<uint32_t>> unserved;  // per group: removes that the target has to serve
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        const uint32_t group = groups.group_of(row);
        if (group == pending.size()) {
            pending.emplace_back();
            unserved.emplace_back();
        }
        if (rows.ops[row] != Op::remove) {
            pending[group].push_back(row);
        } else if (pending[group].empty()) {
            unserved[group].push_back(row);
        } else {
            ends.ended_by[pending[group].back()] = row;
            pending[group].pop_back();
        }
    }
    for (const auto& equal : unserved) {
        if (equal.empty()) continue;
        ends.rows.insert(ends.rows.end(), equal.begin(), equal.end());
        ends.first.push_back(ends.rows.size());
    }
    return ends;
}

}  // namespace pintail::duck
