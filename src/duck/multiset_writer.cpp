#include <fmt/format.h>

#include <algorithm>

#include "duck/equal_rows.hpp"
#include "duck/mirror_writer.hpp"
#include "duck/multiset.hpp"

namespace pintail::duck {
namespace {

void delete_removed(const WriteJob& job, const MultisetChanges& changes) {
    const uint64_t removed =
        job.connection.run(fmt::format("DELETE FROM {} WHERE rowid IN (SELECT r FROM ({}) AS q)", job.relation.sql(),
                                       equal_rows_query(job, changes.removed, changes.times, "true")));
    uint64_t wanted = 0;
    for (const int64_t times : changes.times) wanted += static_cast<uint64_t>(times);
    job.result.rows_removed += removed;
    job.result.removes_without_row += wanted - std::min(removed, wanted);
}

}  // namespace

void write_multiset(const WriteJob& job) {
    refuse_unchanged(job.rows);
    const MultisetChanges changes = net_changes(job.rows);
    if (!changes.removed.empty()) delete_removed(job, changes);
    append_survivors(job, select_rows(changes.inserts, job.rows), {});
}

}  // namespace pintail::duck
