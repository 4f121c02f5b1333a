#include "duck/soft_delete_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "duck/carried_rows.hpp"
#include "duck/equal_rows.hpp"
#include "duck/mode_columns.hpp"
#include "duck/multiset.hpp"
#include "duck/row_marks.hpp"

namespace pintail::duck {
namespace {

constexpr int64_t kNotDeleted = std::numeric_limits<int64_t>::min();

const ColumnType kBoolean{TypeKind::boolean};
const ColumnType kTime{TypeKind::timestamp_tz};

// The mode's two columns, row by row.
class DeletionCells {
public:
    explicit DeletionCells(const Relation& relation) : relation_(relation), deleted_(kBoolean), at_(kTime) {}

    void push(int64_t deleted_at_us) {
        deleted_.push(static_cast<uint8_t>(deleted_at_us != kNotDeleted));
        if (deleted_at_us == kNotDeleted) at_.push_null();
        else at_.push(deleted_at_us);
    }
    ModeCells cells() const {
        return {{index_of(relation_, ModeColumn::deleted), &deleted_},
                {index_of(relation_, ModeColumn::deleted_at), &at_}};
    }

private:
    const Relation& relation_;
    Column deleted_;
    Column at_;
};

std::string is_deleted(const Relation& relation) {
    return "coalesce(t." + name_of(relation, ModeColumn::deleted) + ", false)";
}

}  // namespace

SoftDeleteWriter::SoftDeleteWriter(const WriterPlace& place)
    : place_(place),
      inserter_(place.connection, place.relation),
      finder_(place.connection, place.relation, place.binding, is_deleted(place.relation) + "::BIGINT") {}

std::string SoftDeleteWriter::marking() const {
    return fmt::format("{} = true, {} = m.marked_at", name_of(place_.relation, ModeColumn::deleted),
                       name_of(place_.relation, ModeColumn::deleted_at));
}

void SoftDeleteWriter::write(const RowBatch& rows, ApplyResult& result) {
    const WriteJob job = job_for(place_, inserter_, rows, result);
    if (rows.schema->has_key()) write_keyed(job);
    else write_multiset(job);
}

// What the target holds under each key. Marked rows of before it was the key may be several: what stands counts.
std::vector<SoftDeleteWriter::Standing> SoftDeleteWriter::standing(const RowBatch& rows, const KeyRows& keys) {
    std::vector<Standing> found(keys.first.size(), {kNoRowId, false});
    for (const FoundRow& row : finder_.find(rows, keys.first)) {
        Standing& one = found[row.index];
        if (one.rowid == kNoRowId || one.deleted) one = {row.rowid, row.value != 0};
    }
    return found;
}

void SoftDeleteWriter::write_copied(const WriteJob& job) {
    refuse_null_keys(job.rows);
    DeletionCells deletions(place_.relation);
    for (size_t row = 0; row < job.rows.rows(); ++row) deletions.push(kNotDeleted);
    append_survivors(job, {nullptr, 0, job.rows.rows()}, {}, deletions.cells());
    finder_.note_copied(job.rows.rows());
}

void SoftDeleteWriter::write_keyed(const WriteJob& job) {
    if (is_copied(job.rows)) return write_copied(job);
    const RowBatch& rows = job.rows;
    const KeyRows keys = rows_by_key(rows);
    const auto before = standing(rows, keys);
    std::vector<Image> images;
    std::vector<RowMark> marks;
    for (size_t key = 0; key < keys.first.size(); ++key) {
        const uint32_t last = keys.last[key];
        const bool removed = rows.ops[last] == Op::remove;
        const bool stood = before[key].rowid != kNoRowId && !before[key].deleted;
        const bool must_stand = rows.ops[keys.first[key]] == Op::remove;
        if (must_stand && !stood) ++job.result.removes_without_row;
        if (removed && (stood || keys.image[key] != kNoRow)) ++job.result.rows_removed;
        const int64_t deleted_at = removed ? rows.origins[last].commit_time_us : kNotDeleted;
        if (keys.image[key] != kNoRow) images.push_back({keys.image[key], deleted_at, before[key].rowid});
        else if (stood) marks.push_back({before[key].rowid, deleted_at});
    }
    std::sort(images.begin(), images.end(), [](const Image& a, const Image& b) { return a.row < b.row; });
    if (has_unchanged(rows)) write_merged(job, images, before);
    else write_images(job, images);
    mark_rows(place_.connection, place_.relation, marking(), marks);
    finder_.note_appended(rows, keys.last);
}

void SoftDeleteWriter::write_images(const WriteJob& job, const std::vector<Image>& images) {
    std::vector<uint32_t> rows;
    std::vector<int64_t> replaced;
    DeletionCells deletions(place_.relation);
    for (const Image& image : images) {
        rows.push_back(image.row);
        deletions.push(image.deleted_at_us);
        if (image.replaces != kNoRowId) replaced.push_back(image.replaces);
    }
    delete_rows(place_.connection, place_.relation, replaced);
    append_survivors(job, select_rows(rows, job.rows), {}, deletions.cells());
}

// Some cells stay what they are in the target, under the key that the row had there.
void SoftDeleteWriter::write_merged(const WriteJob& job, const std::vector<Image>& images,
                                    const std::vector<Standing>& before) {
    std::vector<uint32_t> wanted;
    for (const Image& image : images) wanted.push_back(image.row);
    const MergedRows merged = merge_unchanged(job.rows, wanted);
    const auto image_of = [&](uint32_t row) {
        return *std::lower_bound(images.begin(), images.end(), row,
                                 [](const Image& image, uint32_t wanted_row) { return image.row < wanted_row; });
    };
    std::vector<int64_t> replaced, holders;
    DeletionCells of_complete(place_.relation), of_partial(place_.relation);
    for (const uint32_t row : merged.complete) {
        of_complete.push(image_of(row).deleted_at_us);
        replaced.push_back(image_of(row).replaces);
    }
    for (const PartialRow& partial : merged.partial) {
        of_partial.push(image_of(partial.row).deleted_at_us);
        const Standing holder =
            partial.origin == kNoRow ? Standing{kNoRowId, false} : before[merged.lineage.key_group[partial.origin]];
        // A row that the source changes although it is deleted here: the two differ, and the cells may be old ones.
        holders.push_back(holder.deleted ? kNoRowId : holder.rowid);
        if (holders.back() != kNoRowId) replaced.push_back(image_of(partial.row).replaces);
    }
    std::erase(replaced, kNoRowId);
    const ModeCells partial_cells = of_partial.cells();
    CarriedRows carried(job, merged, holders, partial_cells);
    if (!merged.partial.empty()) carried.read();
    delete_rows(place_.connection, place_.relation, replaced);
    if (!merged.partial.empty()) carried.insert();
    std::vector<const uint32_t*> cells;
    for (const auto& rows : merged.complete_cells) cells.push_back(rows.empty() ? nullptr : rows.data());
    append_survivors(job, {merged.complete.data(), 0, merged.complete.size()}, cells, of_complete.cells());
}

void SoftDeleteWriter::write_multiset(const WriteJob& job) {
    const RowBatch& rows = job.rows;
    refuse_unchanged(rows);
    const MultisetEnds ends = pair_removes(rows);
    std::vector<uint32_t> removed, inserted;
    std::vector<int64_t> times;
    for (size_t group = 0; group + 1 < ends.first.size(); ++group) {
        removed.push_back(ends.rows[ends.first[group]]);
        times.push_back(static_cast<int64_t>(ends.first[group + 1] - ends.first[group]));
    }
    std::vector<RowMark> marks;
    std::vector<size_t> served(removed.size());
    for (const FoundRow& found :
         find_equal_rows(job, removed, times, "NOT " + is_deleted(place_.relation), "0::BIGINT")) {
        const uint32_t remove = ends.rows[ends.first[found.index] + served[found.index]++];
        marks.push_back({found.rowid, rows.origins[remove].commit_time_us});
    }
    mark_rows(place_.connection, place_.relation, marking(), marks);
    job.result.rows_removed += marks.size();
    job.result.removes_without_row += ends.rows.size() - marks.size();
    DeletionCells deletions(place_.relation);
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        if (rows.ops[row] == Op::remove) continue;
        inserted.push_back(row);
        deletions.push(ends.ended_by[row] == kNoRow ? kNotDeleted : rows.origins[ends.ended_by[row]].commit_time_us);
    }
    append_survivors(job, select_rows(inserted, rows), {}, deletions.cells());
}

void SoftDeleteWriter::truncate(const RowOrigin& origin, ApplyResult& result) {
    const Relation& relation = place_.relation;
    result.rows_removed += place_.connection.run(
        fmt::format("UPDATE {} AS t SET {} = true, {} = make_timestamptz({}) WHERE NOT {}", relation.sql(),
                    name_of(relation, ModeColumn::deleted), name_of(relation, ModeColumn::deleted_at),
                    origin.commit_time_us, is_deleted(relation)));
}

}  // namespace pintail::duck
