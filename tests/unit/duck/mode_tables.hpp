// The tables that the tests of soft-delete and history write, and what becomes of them.
#pragma once

#include "target_test.hpp"

namespace pintail::duck::testing {

using Rows = std::vector<std::string>;

constexpr int64_t kSecond = 1'000'000;

inline SchemaPointer items() {
    return make_table("public.items",
                      {column("id", TypeKind::int32), column("v", TypeKind::varchar), column("big", TypeKind::varchar)},
                      {"id"});
}

inline SchemaPointer bag() {
    return make_table("public.bag", {column("a", TypeKind::int32), column("b", TypeKind::varchar)}, {});
}

// Rows of before meet a copy: they came at 10 s, it was taken at 50 s.
class CopiedTables : public TargetTest {
protected:
    void insert(const SchemaPointer& table, const std::vector<Row>& rows) {
        TableRows batch = at(table, 10);
        for (const Row& row : rows) batch.insert(row);
        change(std::move(batch));
    }
    void copy(const SchemaPointer& table, const std::vector<Row>& rows) {
        TableRows batch = at(table, 50);
        for (const Row& row : rows) batch.snapshot(row);
        apply(make_batch(++offset_, SnapshotStart{table, 50, false, 50 * kSecond}, batch.take(),
                         SnapshotEnd{table->name}));
    }
    void change(TableRows&& rows) { apply(make_batch(++offset_, rows.take())); }
    TableRows at(const SchemaPointer& table, int second) {
        return std::move(TableRows(table).at(second, second * kSecond));
    }

private:
    int64_t offset_ = 0;
};

}  // namespace pintail::duck::testing
