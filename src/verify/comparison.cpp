#include "verify/comparison.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <set>
#include <unordered_map>

#include "core/error.hpp"

namespace pintail::verify {
namespace {

constexpr uint64_t kRowsPerChunk = 256;
constexpr uint64_t kMostChunks = 65'536;

struct ChunkSum {
    uint64_t rows = 0;
    std::string sum;

    bool operator==(const ChunkSum&) const = default;
};
using ChunkSums = std::map<uint64_t, ChunkSum>;

uint64_t number(const std::optional<std::string_view>& text) {
    uint64_t value = 0;
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::string text(const std::optional<std::string_view>& cell) {
    return std::string(cell.value_or(""));
}

ChunkSums sums_of(Snapshot& side, const std::string& sql) {
    ChunkSums sums;
    side.read(sql, [&](const Cells& cells) { sums[number(cells[0])] = {number(cells[1]), text(cells[2])}; });
    return sums;
}

uint64_t rows_in(const ChunkSums& sums) {
    uint64_t rows = 0;
    for (const auto& [chunk, sum] : sums) rows += sum.rows;
    return rows;
}

// Chunks that differ, and the rows that both sides have in them.
std::map<uint64_t, uint64_t> differing(const ChunkSums& source, const ChunkSums& target) {
    std::map<uint64_t, uint64_t> chunks;
    const auto look = [&](const ChunkSums& one, const ChunkSums& other) {
        for (const auto& [chunk, sum] : one) {
            const auto there = other.find(chunk);
            if (there == other.end() || there->second != sum) chunks[chunk] += sum.rows;
        }
    };
    look(source, target);
    look(target, source);
    return chunks;
}

// A row that one side has more often than the other.
struct Surplus {
    int64_t times = 0;  // in the source, less those in the target
    std::string canonical_key;
    std::vector<std::string> key;
};
using Surpluses = std::unordered_map<uint64_t, Surplus>;

void count(Surpluses& rows, Snapshot& side, const std::string& sql, int64_t step) {
    side.read(sql, [&](const Cells& cells) {
        const uint64_t hash = number(cells[0]);
        Surplus& row = rows[hash];
        row.times += step;
        if (row.times == 0) {
            rows.erase(hash);
            return;
        }
        if (!row.key.empty()) return;
        row.canonical_key = text(cells[1]);
        for (size_t i = 2; i < cells.size(); ++i) row.key.push_back(text(cells[i]));
    });
}

// The two versions of one row.
struct Versions {
    std::optional<uint64_t> source, target;  // hashes
};

class Rows {
public:
    Rows(const TablePlan& plan, Comparison& into) : plan_(plan), into_(into) {}

    void take(const Surpluses& rows) {
        for (const auto& [hash, row] : rows) {
            if (plan_.key().empty()) take_from_multiset(row);
            else take_keyed(hash, row);
        }
        for (const auto& [key, entry] : keyed_) pair(entry.second, entry.first);
    }

    // Of rows that both sides have: which columns, and what stands in them.
    void fetch_cells(Snapshot& source, Snapshot& target, size_t shown) {
        if (versions_.size() > shown)
            versions_.erase(std::next(versions_.begin(), static_cast<std::ptrdiff_t>(shown)), versions_.end());
        if (versions_.empty()) return;
        std::vector<uint64_t> hashes;
        for (const auto& [row, versions] : versions_) hashes.insert(hashes.end(), {*versions.source, *versions.target});
        const auto statement = plan_.cells_of(hashes);
        const auto there = cells(source, statement.source);
        const auto here = cells(target, statement.target);
        for (const auto& [row, versions] : versions_) compare_cells(into_.rows[row], there, here, versions);
    }

private:
    using CellsByHash = std::unordered_map<uint64_t, std::vector<std::optional<std::string>>>;

    void take_from_multiset(const Surplus& row) {
        const auto times = static_cast<uint64_t>(std::abs(row.times));
        add(row.times > 0 ? Difference::missing : Difference::extra, {}, times);
    }

    // A key that stands in the target twice, equal to the source's row, is an extra one.
    void take_keyed(uint64_t hash, const Surplus& row) {
        auto& [key, versions] = keyed_[row.canonical_key];
        key = row.key;
        (row.times > 0 ? versions.source : versions.target) = hash;
    }

    void pair(const Versions& versions, const std::vector<std::string>& key) {
        if (versions.source && versions.target) {
            versions_.emplace(into_.rows.size(), versions);
            add(Difference::different, key, 1);
        } else {
            add(versions.source ? Difference::missing : Difference::extra, key, 1);
        }
    }

    void add(Difference difference, const std::vector<std::string>& key, uint64_t times) {
        into_.rows.push_back({difference, key, times, {}});
        if (difference == Difference::missing) into_.missing += times;
        else if (difference == Difference::extra) into_.extra += times;
        else into_.different += times;
    }

    static CellsByHash cells(Snapshot& side, const std::string& sql) {
        CellsByHash rows;
        side.read(sql, [&](const Cells& found) {
            auto& row = rows[number(found[0])];
            row.clear();
            for (size_t i = 1; i < found.size(); ++i) row.emplace_back(found[i]);
        });
        return rows;
    }

    void compare_cells(DifferingRow& row, const CellsByHash& there, const CellsByHash& here,
                       const Versions& versions) const {
        const auto source = there.find(*versions.source);
        const auto target = here.find(*versions.target);
        if (source == there.end() || target == here.end()) return;
        for (size_t i = 0; i < plan_.columns().size(); ++i) {
            if (source->second[2 * i] == target->second[2 * i]) continue;
            row.cells.push_back({plan_.columns()[i], source->second[2 * i + 1], target->second[2 * i + 1]});
        }
    }

    const TablePlan& plan_;
    Comparison& into_;
    std::map<std::string, std::pair<std::vector<std::string>, Versions>> keyed_;
    std::map<size_t, Versions> versions_;  // by index into rows
};

}  // namespace

Comparison compare(const TablePlan& plan, Snapshot& source, Snapshot& target, uint64_t expected_rows,
                   const Limits& limits) {
    Comparison result;
    result.chunks = std::clamp(std::bit_ceil(expected_rows / kRowsPerChunk + 1), uint64_t{1}, kMostChunks);
    const auto sums = plan.chunk_sums(result.chunks);
    const ChunkSums there = sums_of(source, sums.source);
    const ChunkSums here = sums_of(target, sums.target);
    result.source_rows = rows_in(there);
    result.target_rows = rows_in(here);
    const auto chunks = differing(there, here);
    result.differing_chunks = chunks.size();
    std::vector<uint64_t> looked_at;
    uint64_t held = 0;
    for (const auto& [chunk, rows] : chunks) {
        if (held + rows > limits.rows && !looked_at.empty()) break;
        held += rows;
        looked_at.push_back(chunk);
    }
    result.chunks_not_looked_at = chunks.size() - looked_at.size();
    if (looked_at.empty()) return result;
    const auto statement = plan.rows_of(looked_at, result.chunks);
    Surpluses rows;
    count(rows, source, statement.source, 1);
    count(rows, target, statement.target, -1);
    Rows found(plan, result);
    found.take(rows);
    found.fetch_cells(source, target, limits.shown);
    return result;
}

}  // namespace pintail::verify
