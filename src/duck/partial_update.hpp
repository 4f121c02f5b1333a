// Survivors whose unchanged cells stay in the target: their rows are updated in place, the cells never read.
//
// (Reading a 4 KB text of every hundredth row scans the whole column: 8 s a batch where this takes 0.1 s.)
// find() must come before the batch deletes anything of the table: it notes the rows by number, so that keys may be
// swapped afterwards. Then the deletes, then update().
#pragma once

#include <vector>

#include "duck/row_writer.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {

class PartialUpdate {
public:
    // Borrows both.
    PartialUpdate(const WriteJob& job, const MergedRows& merged);

    // Stages the rows and finds theirs in the target. What has none goes to quarantine: there is nothing to take
    // the cells from, and a NULL would be a lie.
    void find();
    void update();

private:
    void create_stage() const;
    void fill_stage() const;
    void quarantine_lost() const;
    void update_group(size_t group) const;
    std::string target_name(size_t index) const;
    const uint32_t* cell_rows(size_t batch_column) const;

    const WriteJob& job_;
    const MergedRows& merged_;
    std::vector<size_t> sent_;  // target columns that the batch sends
    std::vector<uint32_t> partial_rows_;
    std::vector<uint32_t> origin_rows_;  // the row itself where there is no origin: `has_origin` keeps it from matching
};

}  // namespace pintail::duck
