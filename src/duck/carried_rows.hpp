// New rows whose unchanged cells come from rows of the target, which stay as they are.
//
// read() comes before the batch changes anything of the table: the row numbers are those of then. insert() adds the
// rows.
#pragma once

#include <cstdint>
#include <vector>

#include "duck/row_writer.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {

inline constexpr int64_t kNoRowId = -1;

class CarriedRows {
public:
    // Borrows all. `holders`: per merged.partial the row of the target with its cells, or kNoRowId; `added`: the mode's
    // cells of merged.partial.
    CarriedRows(const WriteJob& job, const MergedRows& merged, const std::vector<int64_t>& holders,
                const ModeCells& added)
        : job_(job), merged_(merged), holders_(holders), added_(added), sent_(sent_columns(job.binding)) {}

    // What has no holder goes to quarantine: there is nothing to take the cells from, and a NULL would be a lie.
    void read();
    void insert() const;

private:
    void stage() const;
    void quarantine_lost() const;
    std::string cells_of(size_t group) const;
    bool in_target(size_t group, size_t column) const;

    const WriteJob& job_;
    const MergedRows& merged_;
    const std::vector<int64_t>& holders_;
    const ModeCells& added_;
    std::vector<size_t> sent_;  // target columns that the batch sends
};

}  // namespace pintail::duck
