// Random batches against a model that is too simple to be wrong. A failure prints its seed; PINTAIL_SEED repeats it.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>

#include "target_test.hpp"

namespace pintail::duck::testing {
namespace {

using Rows = std::vector<std::string>;

uint32_t seed_of_run() {
    const char* fixed = std::getenv("PINTAIL_SEED");
    return fixed != nullptr ? static_cast<uint32_t>(std::strtoul(fixed, nullptr, 10)) : std::random_device{}();
}

// What the source's table holds, changed row by row as an application would.
struct SourceRow {
    std::string small;
    std::string body;   // may be left out of updates as unchanged
    std::string extra;  // the same
};

class RandomKeyed {
public:
    RandomKeyed(uint32_t seed, SchemaPointer table, bool text_key) : random_(seed), table_(std::move(table)), text_key_(text_key) {}

    RowBatch batch(size_t changes) {
        TableRows rows(table_);
        for (size_t index = 0; index < changes; ++index) change(rows);
        return rows.take();
    }

    Rows expected() const {
        std::set<std::string> lines;
        for (const auto& [key, row] : rows_) lines.insert(key_text(key) + "|" + row.small + "|" + row.body + "|" + row.extra);
        return {lines.begin(), lines.end()};
    }
    SchemaPointer table() const { return table_; }

    size_t pick(size_t below) { return random_() % below; }

private:
    static constexpr size_t kKeys = 40;  // few, so that keys meet again and again

    std::string key_text(int key) const { return text_key_ ? "a key that is longer than twelve " + std::to_string(key) : std::to_string(key); }
    Cell key_cell(int key) const { return text_key_ ? Cell(key_text(key)) : Cell(key); }
    std::string fresh(const char* what) { return std::string(what) + " " + std::to_string(++counter_) + (pick(2) ? " with a text that does not fit inline" : ""); }

    void change(TableRows& rows) {
        const int key = static_cast<int>(pick(kKeys));
        const auto found = rows_.find(key);
        if (found == rows_.end()) return insert(rows, key);
        switch (pick(5)) {
            case 0: return remove(rows, key);
            case 1: return move(rows, key, static_cast<int>(pick(kKeys)));
            default: return update(rows, key);
        }
    }

    void insert(TableRows& rows, int key) {
        rows_[key] = {fresh("s"), fresh("b"), fresh("e")};
        rows.insert({key_cell(key), rows_[key].small, rows_[key].body, rows_[key].extra});
    }

    void remove(TableRows& rows, int key) {
        rows_.erase(key);
        rows.remove({key_cell(key)});
    }

    Row changed(int key, SourceRow& row) {
        row.small = fresh("s");
        const bool body = pick(3) == 0;
        const bool extra = pick(2) == 0;
        if (body) row.body = fresh("b");
        if (extra) row.extra = fresh("e");
        return {key_cell(key), row.small, body ? Cell(row.body) : Cell(Unchanged{}), extra ? Cell(row.extra) : Cell(Unchanged{})};
    }

    void update(TableRows& rows, int key) { rows.update(changed(key, rows_[key])); }

    void move(TableRows& rows, int from, int to) {
        if (from == to) return update(rows, from);
        if (rows_.contains(to)) {
            if (pick(2)) return swap(rows, from, to);
            remove(rows, to);
        }
        SourceRow row = rows_[from];
        rows_.erase(from);
        const Row cells = changed(to, row);
        rows_[to] = row;
        rows.change_key({key_cell(from)}, cells, pick(2) ? Op::insert : Op::update);
    }

    void swap(TableRows& rows, int a, int b) {
        constexpr int kSpare = 1000;
        move(rows, a, kSpare);
        move(rows, b, a);
        move(rows, kSpare, b);
    }

    std::mt19937 random_;
    SchemaPointer table_;
    bool text_key_;
    std::map<int, SourceRow> rows_;
    int counter_ = 0;
};

class Random : public TargetTest {
protected:
    void check(RandomKeyed& model, const std::string& name) {
        for (int64_t offset = 1; offset <= 60; ++offset) {
            const size_t sizes[] = {1, 2, 7, 30, 200};
            ApplyResult result;
            if (model.pick(5) == 0) {
                // Two parts of one transaction of the source, and two RowBatches of one table in the first.
                RowBatch first = model.batch(sizes[model.pick(5)]);
                RowBatch second = model.batch(3);
                Batch part = make_batch(offset, std::move(first), std::move(second));
                part.transaction_continues = true;
                result = apply(std::move(part));
            }
            const ApplyResult last = apply(make_batch(offset, model.batch(sizes[model.pick(5)])));
            ASSERT_EQ(result.rows_quarantined + last.rows_quarantined, 0u);
            ASSERT_EQ(result.removes_without_row + last.removes_without_row, 0u);
            if (model.pick(10) == 0) reopen();
            if (offset % 5 == 0) {
                ASSERT_EQ(rows("SELECT * FROM " + name + " ORDER BY concat_ws('|', *COLUMNS(*))"), model.expected()) << "after batch " << offset;
            }
        }
    }
};

std::vector<ColumnSchema> columns_with_key(TypeKind key) {
    return {column("k", key), column("small", TypeKind::varchar), column("body", TypeKind::varchar), column("extra", TypeKind::varchar)};
}

TEST_F(Random, ChangesOfASerialKey) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    RandomKeyed model(seed, make_table("public.serial", columns_with_key(TypeKind::int32), {"k"}), false);
    check(model, "serial");
}

TEST_F(Random, ChangesOfATextKey) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    RandomKeyed model(seed, make_table("public.texts", columns_with_key(TypeKind::varchar), {"k"}), true);
    check(model, "texts");
}

TEST_F(Random, ChangesOfAMultiset) {
    const uint32_t seed = seed_of_run();
    SCOPED_TRACE("PINTAIL_SEED=" + std::to_string(seed));
    std::mt19937 random(seed);
    const auto table = make_table("public.bag", {column("a", TypeKind::int32), column("b", TypeKind::varchar)}, {});
    std::multiset<std::string> expected;
    for (int64_t offset = 1; offset <= 60; ++offset) {
        TableRows changes(table);
        for (size_t index = 0, count = 1 + random() % 100; index < count; ++index) {
            const int a = static_cast<int>(random() % 6);
            const bool null = random() % 3 == 0;
            const Row row{a, null ? Cell(Null{}) : Cell("a text that does not fit inline")};
            const std::string line = std::to_string(a) + "|" + (null ? "NULL" : "a text that does not fit inline");
            const auto found = expected.find(line);
            if (found != expected.end() && random() % 2) {
                changes.remove(row);
                expected.erase(found);
            } else {
                changes.insert(row);
                expected.insert(line);
            }
        }
        ASSERT_EQ(apply(make_batch(offset, changes.take())).removes_without_row, 0u);
        ASSERT_EQ(rows("SELECT a, b FROM bag ORDER BY a, b NULLS LAST"), [&] {
            Rows lines(expected.begin(), expected.end());
            std::sort(lines.begin(), lines.end(), [](const std::string& x, const std::string& y) {
                const auto rank = [](const std::string& line) { return std::pair(line.substr(0, 1), line.find("NULL") != std::string::npos); };
                return rank(x) < rank(y);
            });
            return lines;
        }()) << "after batch " << offset;
    }
}

}  // namespace
}  // namespace pintail::duck::testing
