// Test support: a table that changes at random, and what it then holds: too simple to be wrong.
// A failure prints its seed; PINTAIL_SEED repeats it.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "table_rows.hpp"

namespace pintail::duck::testing {

using Rows = std::vector<std::string>;

inline uint32_t seed_of_run() {
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
    RandomKeyed(uint32_t seed, SchemaPointer table, bool text_key)
        : random_(seed), table_(std::move(table)), text_key_(text_key) {}

    RowBatch batch(size_t changes) {
        TableRows rows(table_);
        change(rows, changes);
        return rows.take();
    }
    void change(TableRows& rows, size_t changes) {
        for (size_t index = 0; index < changes; ++index) change(rows);
    }

    Rows expected() const { return lines_of(rows_); }
    // Rows that were deleted, under keys that have not come again.
    Rows expected_deleted() const { return lines_of(deleted_); }
    SchemaPointer table() const { return table_; }

    size_t pick(size_t below) { return random_() % below; }

private:
    static constexpr size_t kKeys = 40;  // few, so that keys meet again and again

    Rows lines_of(const std::map<int, SourceRow>& rows) const {
        std::set<std::string> lines;
        for (const auto& [key, row] : rows)
            lines.insert(key_text(key) + "|" + row.small + "|" + row.body + "|" + row.extra);
        return {lines.begin(), lines.end()};
    }
    std::string key_text(int key) const {
        return text_key_ ? "a key that is longer than twelve " + std::to_string(key) : std::to_string(key);
    }
    Cell key_cell(int key) const { return text_key_ ? Cell(key_text(key)) : Cell(key); }
    std::string fresh(const char* what) {
        return std::string(what) + " " + std::to_string(++counter_) +
               (pick(2) ? " with a text that does not fit inline" : "");
    }

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
        deleted_.erase(key);
        rows.insert({key_cell(key), rows_[key].small, rows_[key].body, rows_[key].extra});
    }

    void remove(TableRows& rows, int key) {
        bury(key);
        rows.remove({key_cell(key)});
    }

    void bury(int key) {
        deleted_[key] = rows_[key];
        rows_.erase(key);
    }

    Row changed(int key, SourceRow& row) {
        row.small = fresh("s");
        const bool body = pick(3) == 0;
        const bool extra = pick(2) == 0;
        if (body) row.body = fresh("b");
        if (extra) row.extra = fresh("e");
        return {key_cell(key), row.small, body ? Cell(row.body) : Cell(Unchanged{}),
                extra ? Cell(row.extra) : Cell(Unchanged{})};
    }

    void update(TableRows& rows, int key) { rows.update(changed(key, rows_[key])); }

    void move(TableRows& rows, int from, int to) {
        if (from == to) return update(rows, from);
        if (rows_.contains(to)) {
            if (pick(2)) return swap(rows, from, to);
            remove(rows, to);
        }
        SourceRow row = rows_[from];
        bury(from);
        deleted_.erase(to);
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
    std::map<int, SourceRow> deleted_;
    int counter_ = 0;
};

inline std::vector<ColumnSchema> columns_with_key(TypeKind key) {
    return {column("k", key), column("small", TypeKind::varchar), column("body", TypeKind::varchar),
            column("extra", TypeKind::varchar)};
}

}  // namespace pintail::duck::testing
