#include "table_rows.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace pintail::duck::testing {
namespace {

void push_integer(Column& column, int64_t number) {
    switch (column.width()) {
        case 1: return column.push(static_cast<uint8_t>(number));
        case 2: return column.push(static_cast<int16_t>(number));
        case 4: return column.push(static_cast<int32_t>(number));
        case 8: return column.push(number);
        case 16: return column.push(Int128{static_cast<uint64_t>(number), number < 0 ? -1 : 0});
        default: throw std::logic_error("no integer column");
    }
}

void push_nested(Column& column, const ColumnType& type, Arena& arena, const std::vector<Cell>& cells) {
    if (type.kind == TypeKind::list) {
        for (const Cell& element : cells) push_cell(column.child(0), type.fields[0].type, arena, element);
        return column.push_list(cells.size());
    }
    for (size_t index = 0; index < cells.size(); ++index)
        push_cell(column.child(index), type.fields[index].type, arena, cells[index]);
    column.push_structure();
}

}  // namespace

void push_cell(Column& column, const ColumnType& type, Arena& arena, const Cell& cell) {
    if (std::holds_alternative<Null>(cell.value)) return column.push_null();
    if (std::holds_alternative<Unchanged>(cell.value)) return column.push_unchanged();
    if (const auto* number = std::get_if<int64_t>(&cell.value)) {
        if (type.kind == TypeKind::float64) return column.push(static_cast<double>(*number));
        return push_integer(column, *number);
    }
    if (const auto* number = std::get_if<double>(&cell.value)) {
        return type.kind == TypeKind::float32 ? column.push(static_cast<float>(*number)) : column.push(*number);
    }
    if (const auto* text = std::get_if<std::string>(&cell.value)) return column.push_string(*text, arena);
    if (const auto* number = std::get_if<Int128>(&cell.value)) return column.push(*number);
    if (const auto* interval = std::get_if<Interval>(&cell.value)) return column.push(*interval);
    if (const auto* list = std::get_if<List>(&cell.value)) return push_nested(column, type, arena, list->elements);
    push_nested(column, type, arena, std::get<Record>(cell.value).members);
}

SchemaPointer make_table(const std::string& name, std::vector<ColumnSchema> columns,
                         const std::vector<std::string>& key) {
    auto schema = std::make_shared<TableSchema>();
    const size_t dot = name.find('.');
    schema->name = {name.substr(0, dot), name.substr(dot + 1)};
    schema->columns = std::move(columns);
    for (const std::string& part : key) {
        for (uint32_t index = 0; index < schema->columns.size(); ++index) {
            if (schema->columns[index].name == part) schema->key.push_back(index);
        }
    }
    return schema;
}

ColumnSchema column(const std::string& name, TypeKind kind) {
    return {name, ColumnType{kind, 0, 0, {}}, "", nullptr};
}

ColumnSchema column(const std::string& name, ColumnType type) {
    return {name, std::move(type), "", nullptr};
}

TableRows& TableRows::add(Op op, const Row& row) {
    for (size_t index = 0; index < batch_.columns.size(); ++index) {
        const auto* beyond = std::get_if<Beyond>(&row.at(index).value);
        push_cell(batch_.columns[index], batch_.schema->columns[index].type, batch_.arena,
                  beyond != nullptr ? Cell(Null{}) : row.at(index));
        if (beyond != nullptr)
            batch_.exact_cells.push_back({count(), static_cast<uint32_t>(index), batch_.arena.copy(beyond->text)});
    }
    batch_.ops.push_back(op);
    batch_.origins.push_back(origin_);
    return *this;
}

TableRows& TableRows::remove(const Row& cells) {
    if (!batch_.schema->has_key()) return add(Op::remove, cells);
    Row row(batch_.columns.size(), Cell(Null{}));
    for (size_t index = 0; index < cells.size(); ++index) row[batch_.schema->key[index]] = cells[index];
    return add(Op::remove, row);
}

TableRows& TableRows::change_key(const Row& old_key, const Row& row, Op op) {
    remove(old_key);
    return rekeyed(count() - 1, row, op);
}

TableRows& TableRows::rekeyed(uint32_t removed_row, const Row& row, Op op) {
    batch_.key_changes.push_back({count(), removed_row});
    return add(op, row);
}

TableRows& TableRows::at(uint64_t lsn, int64_t commit_time_us) {
    origin_ = {lsn, commit_time_us};
    return *this;
}

KafkaPosition kafka_at(int64_t next_offset) {
    return {{{"topic", 0, next_offset, next_offset - 1, 0, std::nullopt}}};
}

}  // namespace pintail::duck::testing
