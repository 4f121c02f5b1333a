#include <algorithm>

#include "duck/compaction.hpp"
#include "duck/partial_update.hpp"
#include "duck/row_writer.hpp"
#include "duck/unchanged_cells.hpp"

namespace pintail::duck {
namespace {

void delete_touched(const WriteJob& job, const Compaction& compaction) {
    // Apart from the others, so that a delete that finds nothing is counted exactly.
    const uint64_t removed = job.keys.delete_keys(job.rows, compaction.removed_keys);
    job.result.rows_removed += removed;
    job.result.removes_without_row +=
        compaction.removed_keys.size() - std::min<uint64_t>(removed, compaction.removed_keys.size());
    job.keys.delete_keys(job.rows, compaction.replaced_keys);
}

RowSelection select(const std::vector<uint32_t>& survivors, size_t rows) {
    // Nothing was compacted away: runs are copied faster than selections.
    if (survivors.size() == rows) return {nullptr, 0, rows};
    return {survivors.data(), 0, survivors.size()};
}

// A hidden copy's own rows are read at one snapshot, where a key stands once, and come before any change of it.
bool is_copied(const RowBatch& rows) {
    return rows.hidden && std::all_of(rows.ops.begin(), rows.ops.end(), [](Op op) { return op == Op::snapshot; });
}

void write_copied(const WriteJob& job) {
    refuse_null_keys(job.rows);
    append_survivors(job, {nullptr, 0, job.rows.rows()}, {});
    job.keys.note_copied(job.rows.rows());
}

void write_merged(const WriteJob& job, Compaction& compaction) {
    const MergedRows merged = merge_unchanged(job.rows, compaction);
    PartialUpdate partial(job, merged);
    if (!merged.partial.empty()) partial.find();
    delete_touched(job, compaction);
    if (!merged.partial.empty()) partial.update();
    std::vector<const uint32_t*> cells;
    for (const auto& rows : merged.complete_cells) cells.push_back(rows.empty() ? nullptr : rows.data());
    append_survivors(job, {merged.complete.data(), 0, merged.complete.size()}, cells);
}

}  // namespace

void write_keyed(const WriteJob& job) {
    if (is_copied(job.rows)) return write_copied(job);
    Compaction compaction = compact(job.rows);
    if (has_unchanged(job.rows)) {
        write_merged(job, compaction);
    } else {
        delete_touched(job, compaction);
        append_survivors(job, select(compaction.survivors, job.rows.rows()), {});
    }
    job.keys.note_appended(job.rows, compaction.survivors);
}

}  // namespace pintail::duck
