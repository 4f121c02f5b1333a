#include <algorithm>

#include "duck/compaction.hpp"
#include "duck/mirror_writer.hpp"
#include "duck/partial_update.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {
namespace {

void delete_touched(const WriteJob& job, KeyDeleter& keys, const Compaction& compaction) {
    // Apart from the others, so that a delete that finds nothing is counted exactly.
    const uint64_t removed = keys.delete_keys(job.rows, compaction.removed_keys);
    job.result.rows_removed += removed;
    job.result.removes_without_row +=
        compaction.removed_keys.size() - std::min<uint64_t>(removed, compaction.removed_keys.size());
    keys.delete_keys(job.rows, compaction.replaced_keys);
}

void write_copied(const WriteJob& job, KeyDeleter& keys) {
    refuse_null_keys(job.rows);
    append_survivors(job, {nullptr, 0, job.rows.rows()}, {});
    keys.note_copied(job.rows.rows());
}

void write_merged(const WriteJob& job, KeyDeleter& keys, Compaction& compaction) {
    const MergedRows merged = merge_unchanged(job.rows, compaction.survivors);
    keep_origins(job.rows, merged, compaction);
    PartialUpdate partial(job, merged);
    if (!merged.partial.empty()) partial.find();
    delete_touched(job, keys, compaction);
    if (!merged.partial.empty()) partial.update();
    std::vector<const uint32_t*> cells;
    for (const auto& rows : merged.complete_cells) cells.push_back(rows.empty() ? nullptr : rows.data());
    append_survivors(job, {merged.complete.data(), 0, merged.complete.size()}, cells);
}

}  // namespace

void write_keyed(const WriteJob& job, KeyDeleter& keys) {
    if (is_copied(job.rows)) return write_copied(job, keys);
    Compaction compaction = compact(job.rows);
    if (has_unchanged(job.rows)) {
        write_merged(job, keys, compaction);
    } else {
        delete_touched(job, keys, compaction);
        append_survivors(job, select_rows(compaction.survivors, job.rows), {});
    }
    keys.note_appended(job.rows, compaction.survivors);
}

}  // namespace pintail::duck
