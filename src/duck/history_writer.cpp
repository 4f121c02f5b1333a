#include "duck/history_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "duck/carried_rows.hpp"
#include "duck/equal_rows.hpp"
#include "duck/history_cells.hpp"
#include "duck/mode_columns.hpp"
#include "duck/row_marks.hpp"

namespace pintail::duck {
namespace {

std::string began_at(const Relation& relation) {
    return "epoch_us(t." + name_of(relation, ModeColumn::valid_from) + ")";
}

std::string is_open(const Relation& relation) {
    return "t." + name_of(relation, ModeColumn::valid_to) + " IS NULL";
}

std::vector<uint32_t> all_rows(const RowBatch& rows) {
    std::vector<uint32_t> all(rows.rows());
    std::iota(all.begin(), all.end(), 0u);
    return all;
}

}  // namespace

HistoryWriter::HistoryWriter(const WriterPlace& place)
    : place_(place),
      inserter_(place.connection, place.relation),
      finder_(place.connection, place.relation, place.binding, began_at(place.relation),
              name_of(place.relation, ModeColumn::valid_to)) {}

// chain_versions() has taken care that no end lies before its begin.
std::string HistoryWriter::closing() const {
    return name_of(place_.relation, ModeColumn::valid_to) + " = m.marked_at";
}

// The order of all versions of the table, within a commit and over commits.
int64_t HistoryWriter::take_sequence(size_t count) {
    if (!next_sequence_) {
        const auto highest = place_.connection.texts(fmt::format(
            "SELECT max({})::VARCHAR FROM {}", name_of(place_.relation, ModeColumn::sequence), place_.relation.sql()));
        next_sequence_ = highest.at(0).at(0) ? std::stoll(*highest[0][0]) + 1 : 1;
    }
    return std::exchange(*next_sequence_, *next_sequence_ + static_cast<int64_t>(count));
}

void HistoryWriter::write(const RowBatch& rows, ApplyResult& result) {
    const WriteJob job = job_for(place_, inserter_, rows, result);
    if (rows.schema->has_key()) write_keyed(job);
    else write_multiset(job);
}

void HistoryWriter::write_copied(const WriteJob& job) {
    const RowBatch& rows = job.rows;
    refuse_null_keys(rows);
    const Predecessors none{std::vector<uint32_t>(rows.rows(), kNoRow), std::vector<int64_t>(rows.rows(), kNoTime)};
    append(job, chain_versions(rows, none), all_rows(rows), {});
    finder_.note_copied(rows.rows());
}

void HistoryWriter::write_keyed(const WriteJob& job) {
    if (is_copied(job.rows)) return write_copied(job);
    const RowBatch& rows = job.rows;
    const KeyRows keys = rows_by_key(rows);
    Predecessors before{previous_by_key(rows), std::vector<int64_t>(rows.rows(), kNoTime)};
    std::vector<int64_t> open_rows(keys.first.size(), kNoRowId);
    for (const FoundRow& found : finder_.find(rows, keys.first)) {
        open_rows[found.index] = found.rowid;
        before.from_before[keys.first[found.index]] = found.value;
    }
    std::vector<uint32_t> first_versions = keys.first;
    std::vector<uint32_t> versions = all_rows(rows);
    pass_over_repeated(job, open_rows, first_versions, versions, before);
    const VersionChain chain = chain_versions(rows, before);
    std::vector<RowMark> closed;
    for (size_t key = 0; key < first_versions.size(); ++key) {
        const uint32_t first = first_versions[key];
        if (first == kNoRow) continue;
        if (open_rows[key] != kNoRowId) closed.push_back({open_rows[key], chain.valid_from[first]});
        else if (rows.ops[first] == Op::remove) ++job.result.removes_without_row;
    }
    append(job, chain, versions, open_rows);
    mark_rows(place_.connection, place_.relation, closing(), closed);
    job.result.rows_removed += static_cast<uint64_t>(std::count(rows.ops.begin(), rows.ops.end(), Op::remove));
    finder_.note_appended(rows, keys.last);
}

// A row that an incremental snapshot reads and that is what the open version says already is no version of its own: it
// is taken out of `versions`, and the next row of its key, if there is one, becomes the one that ends the open version.
void HistoryWriter::pass_over_repeated(const WriteJob& job, const std::vector<int64_t>& open_rows,
                                       std::vector<uint32_t>& first_versions, std::vector<uint32_t>& versions,
                                       Predecessors& before) const {
    std::vector<uint32_t> read_again;
    std::vector<int64_t> open;
    std::vector<size_t> keys;
    for (size_t key = 0; key < first_versions.size(); ++key) {
        if (job.rows.ops[first_versions[key]] != Op::snapshot || open_rows[key] == kNoRowId) continue;
        read_again.push_back(first_versions[key]);
        open.push_back(open_rows[key]);
        keys.push_back(key);
    }
    std::map<uint32_t, size_t> repeated;  // row, its key's number
    for (const size_t index : rows_equal_to(job, read_again, open)) {
        repeated.emplace(read_again[index], keys[index]);
        first_versions[keys[index]] = kNoRow;
    }
    if (repeated.empty()) return;
    for (uint32_t row = 0; row < job.rows.rows(); ++row) {
        const auto found = repeated.find(before.in_batch[row]);
        if (found == repeated.end()) continue;
        before.from_before[row] = before.from_before[before.in_batch[row]];
        before.in_batch[row] = kNoRow;
        first_versions[found->second] = row;
    }
    std::erase_if(versions, [&](uint32_t row) { return repeated.contains(row); });
}

void HistoryWriter::append(const WriteJob& job, const VersionChain& chain, const std::vector<uint32_t>& versions,
                           const std::vector<int64_t>& open_rows) {
    if (has_unchanged(job.rows)) return append_merged(job, chain, versions, open_rows);
    const RowSelection selected = select_rows(versions, job.rows);
    const HistoryCells added(place_.relation, job.rows, chain, take_sequence(job.rows.rows()), selected);
    append_survivors(job, selected, {}, added.cells());
}

// Some cells are what they are in the version before, in the batch or in the target.
void HistoryWriter::append_merged(const WriteJob& job, const VersionChain& chain, const std::vector<uint32_t>& versions,
                                  const std::vector<int64_t>& open_rows) {
    const int64_t first_sequence = take_sequence(job.rows.rows());
    const MergedRows merged = merge_unchanged(job.rows, versions);
    if (!merged.partial.empty()) {
        std::vector<uint32_t> partial_rows;
        std::vector<int64_t> holders;
        for (const PartialRow& partial : merged.partial) {
            partial_rows.push_back(partial.row);
            holders.push_back(partial.origin == kNoRow ? kNoRowId
                                                       : open_rows[merged.lineage.key_group[partial.origin]]);
        }
        const HistoryCells added(place_.relation, job.rows, chain, first_sequence,
                                 {partial_rows.data(), 0, partial_rows.size()});
        const ModeCells cells = added.cells();
        CarriedRows carried(job, merged, holders, cells);
        carried.read();
        carried.insert();
    }
    std::vector<const uint32_t*> cells;
    for (const auto& rows : merged.complete_cells) cells.push_back(rows.empty() ? nullptr : rows.data());
    const RowSelection complete{merged.complete.data(), 0, merged.complete.size()};
    const HistoryCells added(place_.relation, job.rows, chain, first_sequence, complete);
    append_survivors(job, complete, cells, added.cells());
}

void HistoryWriter::write_multiset(const WriteJob& job) {
    const RowBatch& rows = job.rows;
    refuse_unchanged(rows);
    const MultisetEnds ends = pair_removes(rows);
    Predecessors before{std::vector<uint32_t>(rows.rows(), kNoRow), std::vector<int64_t>(rows.rows(), kNoTime)};
    for (uint32_t row = 0; row < rows.rows(); ++row) {
        if (ends.ended_by[row] != kNoRow) before.in_batch[ends.ended_by[row]] = row;
    }
    std::vector<uint32_t> removed;
    std::vector<int64_t> times;
    for (size_t group = 0; group + 1 < ends.first.size(); ++group) {
        removed.push_back(ends.rows[ends.first[group]]);
        times.push_back(static_cast<int64_t>(ends.first[group + 1] - ends.first[group]));
    }
    std::vector<size_t> served(removed.size());
    std::vector<std::pair<int64_t, uint32_t>> closes;  // row number, the remove that ends it
    for (const FoundRow& found :
         find_equal_rows(job, removed, times, is_open(place_.relation), began_at(place_.relation))) {
        const uint32_t remove = ends.rows[ends.first[found.index] + served[found.index]++];
        closes.emplace_back(found.rowid, remove);
        before.from_before[remove] = found.value;
    }
    const VersionChain chain = chain_versions(rows, before);
    append(job, chain, all_rows(rows), {});
    std::vector<RowMark> closed;
    for (const auto& [rowid, remove] : closes) closed.push_back({rowid, chain.valid_from[remove]});
    mark_rows(place_.connection, place_.relation, closing(), closed);
    job.result.rows_removed += static_cast<uint64_t>(std::count(rows.ops.begin(), rows.ops.end(), Op::remove));
    job.result.removes_without_row += ends.rows.size() - closes.size();
}

// One row says that it happened; which rows it ended, their ends do.
void HistoryWriter::truncate(const RowOrigin& origin, ApplyResult& result) {
    const Relation& relation = place_.relation;
    const auto name = [&](ModeColumn role) { return name_of(relation, role); };
    const std::string at = fmt::format("make_timestamptz({})", origin.commit_time_us);
    result.rows_removed += place_.connection.run(fmt::format("UPDATE {0} AS t SET {1} = greatest(t.{2}, {3}) WHERE {4}",
                                                             relation.sql(), name(ModeColumn::valid_to),
                                                             name(ModeColumn::valid_from), at, is_open(relation)));
    result.rows_written += place_.connection.run(
        fmt::format("INSERT INTO {} ({}, {}, {}, {}, {}, {}) VALUES ('{}', {}, {}, {}, {}, {})", relation.sql(),
                    name(ModeColumn::op), name(ModeColumn::commit_time), name(ModeColumn::lsn),
                    name(ModeColumn::sequence), name(ModeColumn::valid_from), name(ModeColumn::valid_to), kTruncateOp,
                    at, origin.lsn, take_sequence(1), at, at));
}

}  // namespace pintail::duck
