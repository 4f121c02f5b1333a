#include "verify/comparison.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>

namespace pintail::verify {
namespace {

// Answers the three statements of a comparison out of a list of rows.
class Rows : public Snapshot {
public:
    struct Row {
        uint64_t hash;
        std::string key;
    };
    explicit Rows(std::vector<Row> rows) : rows_(std::move(rows)) {}

    void read(const std::string& sql, const std::function<void(const Cells&)>& on_row) override {
        if (sql.find("sum(h)") != std::string::npos) return chunk_sums(mask(sql), on_row);
        return cells_of(sql, on_row);
    }

private:
    static uint64_t mask(const std::string& sql) {
        std::smatch found;
        EXPECT_TRUE(std::regex_search(sql, found, std::regex("h & (\\d+)"))) << sql;
        return std::stoull(found.str(1));
    }

    void chunk_sums(uint64_t with, const std::function<void(const Cells&)>& on_row) const {
        std::map<uint64_t, std::pair<uint64_t, uint64_t>> sums;
        for (const Row& row : rows_) {
            ++sums[row.hash & with].first;
            sums[row.hash & with].second += row.hash;
        }
        for (const auto& [chunk, sum] : sums) {
            const std::string a = std::to_string(chunk), b = std::to_string(sum.first), c = std::to_string(sum.second);
            on_row({a, b, c});
        }
    }

    // Rows of chunks, or cells of hashes: the numbers of the list say which.
    void cells_of(const std::string& sql, const std::function<void(const Cells&)>& on_row) const {
        std::smatch list;
        const bool of_chunks =
            std::regex_search(sql, list, std::regex(R"(WHERE h & (\d+) (?:= ANY \('\{|IN \()([\d,]+))"));
        if (!of_chunks) {
            ASSERT_TRUE(std::regex_search(sql, list, std::regex(R"(WHERE (h) (?:= ANY \('\{|IN \()([\d,]+))"))) << sql;
        }
        const std::string wanted = "," + list.str(2) + ",";
        for (const Row& row : rows_) {
            const uint64_t number = of_chunks ? row.hash & std::stoull(list.str(1)) : row.hash;
            if (wanted.find("," + std::to_string(number) + ",") == std::string::npos) continue;
            const std::string hash = std::to_string(row.hash);
            if (of_chunks) on_row({hash, row.key, row.key});
            else on_row({hash, row.key, row.key, hash, hash});
        }
    }

    std::vector<Row> rows_;
};

TablePlan plan() {
    SourceSide source;
    source.table.name = {"public", "t"};
    source.table.columns = {{"id", {"int4", "b", -1, false, "integer"}, 1}, {"v", {"text", "b", -1, false, "text"}, 2}};
    source.table.key = {"id"};
    source.relation = "t AS s";
    return TablePlan(source, {"t AS t", "", {{"id", "id", "INTEGER", ""}, {"v", "v", "VARCHAR", ""}}});
}

Comparison compare_rows(std::vector<Rows::Row> in_source, std::vector<Rows::Row> in_target, uint64_t expected = 10,
                        Limits limits = {}) {
    Rows source(std::move(in_source)), target(std::move(in_target));
    return compare(plan(), source, target, expected, limits);
}

std::map<std::string, Difference> by_key(const Comparison& found) {
    std::map<std::string, Difference> rows;
    for (const auto& row : found.rows) rows[row.key.at(0)] = row.difference;
    return rows;
}

TEST(Comparison, EqualRowsInAnyOrder) {
    const auto found = compare_rows({{11, "1"}, {12, "2"}, {1001, "3"}}, {{1001, "3"}, {11, "1"}, {12, "2"}}, 100'000);
    EXPECT_TRUE(found.equal());
    EXPECT_EQ(found.source_rows, 3u);
    EXPECT_TRUE(found.rows.empty());
}

TEST(Comparison, MissingExtraAndDifferent) {
    const auto found = compare_rows({{11, "1"}, {12, "2"}, {13, "3"}}, {{11, "1"}, {99, "2"}, {14, "4"}});
    EXPECT_FALSE(found.equal());
    EXPECT_EQ(by_key(found), (std::map<std::string, Difference>{
                                 {"2", Difference::different}, {"3", Difference::missing}, {"4", Difference::extra}}));
    EXPECT_EQ(found.different + found.missing + found.extra, 3u);
    const auto different = std::find_if(found.rows.begin(), found.rows.end(),
                                        [](const auto& row) { return row.difference == Difference::different; });
    ASSERT_EQ(different->cells.size(), 1u) << "the key is the same";
    EXPECT_EQ(different->cells[0].column, "v");
    EXPECT_EQ(different->cells[0].source, "12");
    EXPECT_EQ(different->cells[0].target, "99");
}

TEST(Comparison, AKeyThatStandsTwiceIsExtra) {
    const auto found = compare_rows({{11, "1"}}, {{11, "1"}, {11, "1"}});
    EXPECT_EQ(by_key(found), (std::map<std::string, Difference>{{"1", Difference::extra}}));
}

TEST(Comparison, TwoVersionsThatFallIntoDifferentChunksAreOneRow) {
    const auto found = compare_rows({{1, "1"}}, {{2, "1"}}, 100'000);
    EXPECT_EQ(found.differing_chunks, 2u);
    EXPECT_EQ(found.different, 1u);
}

TEST(Comparison, MoreThanTheLimitIsSaid) {
    std::vector<Rows::Row> many;
    for (uint64_t i = 0; i < 64; ++i) many.push_back({i, std::to_string(i)});
    const auto found = compare_rows(many, {}, 100'000, {.rows = 10, .shown = 1});
    EXPECT_EQ(found.differing_chunks, 64u);
    EXPECT_EQ(found.chunks_not_looked_at, 54u);
    EXPECT_EQ(found.missing, 10u);
}

}  // namespace
}  // namespace pintail::verify
