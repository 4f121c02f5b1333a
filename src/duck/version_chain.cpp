#include "duck/version_chain.hpp"

#include <algorithm>
#include <utility>

#include "duck/row_groups.hpp"

namespace pintail::duck {

VersionChain chain_versions(const RowBatch& rows, const Predecessors& predecessors) {
    VersionChain chain;
    chain.valid_from.resize(rows.rows());
    chain.valid_to.resize(rows.rows());
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        int64_t from = std::max(rows.origins[row].commit_time_us, predecessors.from_before[row]);
        const uint32_t before = predecessors.in_batch[row];
        if (before != kNoRow) {
            from = std::max(from, chain.valid_from[before]);
            if (rows.ops[before] != Op::remove) chain.valid_to[before] = from;
        }
        chain.valid_from[row] = from;
        chain.valid_to[row] = rows.ops[row] == Op::remove ? from : kStillValid;
    }
    return chain;
}

std::vector<uint32_t> previous_by_key(const RowBatch& rows) {
    std::vector<uint32_t> previous(rows.rows(), kNoRow);
    RowGroups groups(rows, rows.schema->key, RowEquality::as_key);
    std::vector<uint32_t> last;
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        const uint32_t group = groups.group_of(row);
        if (group == last.size()) last.push_back(row);
        else previous[row] = std::exchange(last[group], row);
    }
    return previous;
}

}  // namespace pintail::duck
