// Test support: tables and RowBatches written down cell by cell.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "core/batch.hpp"

namespace pintail::duck::testing {

struct Null {};
struct Unchanged {};
// A value that the column cannot hold: its text.
struct Beyond {
    std::string text;
};
// Integers go into every kind of fixed width by their low bytes; List and Record nest.
struct Cell;
struct List {
    std::vector<Cell> elements;
};
struct Record {
    std::vector<Cell> members;
};
struct Cell {
    Cell(Null) {}
    Cell(Unchanged mark) : value(mark) {}
    Cell(Beyond beyond) : value(std::move(beyond)) {}
    Cell(int number) : value(int64_t{number}) {}
    Cell(int64_t number) : value(number) {}
    Cell(double number) : value(number) {}
    Cell(const char* text) : value(std::string(text)) {}
    Cell(std::string text) : value(std::move(text)) {}
    Cell(Int128 number) : value(number) {}
    Cell(Interval interval) : value(interval) {}
    Cell(List list) : value(std::move(list)) {}
    Cell(Record record) : value(std::move(record)) {}

    std::variant<Null, Unchanged, Beyond, int64_t, double, std::string, Int128, Interval, List, Record> value;
};
using Row = std::vector<Cell>;

void push_cell(Column& column, const ColumnType& type, Arena& arena, const Cell& cell);

using SchemaPointer = std::shared_ptr<const TableSchema>;

// "schema.table"; `key`: names of columns.
SchemaPointer make_table(const std::string& name, std::vector<ColumnSchema> columns,
                         const std::vector<std::string>& key);

ColumnSchema column(const std::string& name, TypeKind kind);
ColumnSchema column(const std::string& name, ColumnType type);

class TableRows {
public:
    explicit TableRows(SchemaPointer schema) : batch_(std::move(schema)) {}

    TableRows& insert(const Row& row) { return add(Op::insert, row); }
    TableRows& update(const Row& row) { return add(Op::update, row); }
    TableRows& snapshot(const Row& row) { return add(Op::snapshot, row); }
    // Keyed: the key's cells. Multiset: the whole row.
    TableRows& remove(const Row& cells);
    // The row under `old_key` becomes `row`: remove + `op` + KeyChange.
    TableRows& change_key(const Row& old_key, const Row& row, Op op = Op::update);
    // The removed half came earlier in the batch, as row number `removed_row`.
    TableRows& rekeyed(uint32_t removed_row, const Row& row, Op op = Op::update);
    TableRows& at(uint64_t lsn, int64_t commit_time_us);  // origin of the rows that follow

    uint32_t count() const { return static_cast<uint32_t>(batch_.rows()); }
    RowBatch take() { return std::move(batch_); }

private:
    TableRows& add(Op op, const Row& row);

    RowBatch batch_;
    RowOrigin origin_{1, 1};
};

KafkaPosition kafka_at(int64_t next_offset);

// One batch of the given steps at Kafka offset `next_offset`.
template <typename... Steps>
Batch make_batch(int64_t next_offset, Steps&&... steps) {
    Batch batch;
    (batch.steps.emplace_back(std::forward<Steps>(steps)), ...);
    batch.position = kafka_at(next_offset);
    return batch;
}

}  // namespace pintail::duck::testing
