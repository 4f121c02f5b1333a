#include "duck/row_bits.hpp"

#include <cmath>
#include <cstring>
#include <functional>
#include <string_view>

namespace pintail::duck {
namespace {

constexpr uint64_t kNullHash = 0x9e3779b97f4a7c15ULL;

uint64_t combine(uint64_t seed, uint64_t value) {
    return mix_bits(seed * 31 + value);
}

// A float's cell with the differences taken out that must not count.
template <typename Float>
Float canonical(Float value, RowEquality equality) {
    if (std::isnan(value)) return std::numeric_limits<Float>::quiet_NaN();
    if (equality == RowEquality::as_key && value == 0) return 0;
    return value;
}

template <typename Float>
uint64_t float_hash(Float value, RowEquality equality) {
    const Float cell = canonical(value, equality);
    uint64_t bits = 0;
    std::memcpy(&bits, &cell, sizeof(cell));
    return mix_bits(bits);
}

template <typename Float>
bool float_equal(Float a, Float b, RowEquality equality) {
    a = canonical(a, equality);
    b = canonical(b, equality);
    return std::memcmp(&a, &b, sizeof(a)) == 0;
}

uint64_t bytes_hash(const void* bytes, size_t size) {
    return std::hash<std::string_view>{}({static_cast<const char*>(bytes), size});
}

uint64_t cell_hash(const Column& column, const ColumnType& type, size_t row, RowEquality equality);

uint64_t list_hash(const Column& column, const ColumnType& type, size_t row, RowEquality equality) {
    const auto cell = column.at<ListCell>(row);
    uint64_t hash = mix_bits(cell.length);
    for (uint64_t index = 0; index < cell.length; ++index) {
        hash = combine(hash, cell_hash(column.child(0), type.fields[0].type, cell.offset + index, equality));
    }
    return hash;
}

uint64_t struct_hash(const Column& column, const ColumnType& type, size_t row, RowEquality equality) {
    uint64_t hash = 0;
    for (size_t index = 0; index < type.fields.size(); ++index) {
        hash = combine(hash, cell_hash(column.child(index), type.fields[index].type, row, equality));
    }
    return hash;
}

uint64_t cell_hash(const Column& column, const ColumnType& type, size_t row, RowEquality equality) {
    if (column.is_null(row)) return kNullHash;
    if (type.kind == TypeKind::list) return list_hash(column, type, row, equality);
    if (type.kind == TypeKind::structure) return struct_hash(column, type, row, equality);
    if (type.kind == TypeKind::float32) return float_hash(column.at<float>(row), equality);
    if (type.kind == TypeKind::float64) return float_hash(column.at<double>(row), equality);
    if (is_string(type.kind)) return std::hash<std::string_view>{}(column.string_at(row));
    return bytes_hash(column.cells() + row * column.width(), column.width());
}

bool cells_equal(const Column& column, const ColumnType& type, size_t a, size_t b, RowEquality equality);

bool lists_equal(const Column& column, const ColumnType& type, size_t a, size_t b, RowEquality equality) {
    const auto first = column.at<ListCell>(a);
    const auto second = column.at<ListCell>(b);
    if (first.length != second.length) return false;
    for (uint64_t index = 0; index < first.length; ++index) {
        if (!cells_equal(column.child(0), type.fields[0].type, first.offset + index, second.offset + index, equality))
            return false;
    }
    return true;
}

bool structs_equal(const Column& column, const ColumnType& type, size_t a, size_t b, RowEquality equality) {
    for (size_t index = 0; index < type.fields.size(); ++index) {
        if (!cells_equal(column.child(index), type.fields[index].type, a, b, equality)) return false;
    }
    return true;
}

bool cells_equal(const Column& column, const ColumnType& type, size_t a, size_t b, RowEquality equality) {
    if (column.is_null(a) || column.is_null(b)) return column.is_null(a) && column.is_null(b);
    if (type.kind == TypeKind::list) return lists_equal(column, type, a, b, equality);
    if (type.kind == TypeKind::structure) return structs_equal(column, type, a, b, equality);
    if (type.kind == TypeKind::float32) return float_equal(column.at<float>(a), column.at<float>(b), equality);
    if (type.kind == TypeKind::float64) return float_equal(column.at<double>(a), column.at<double>(b), equality);
    if (is_string(type.kind)) return column.string_at(a) == column.string_at(b);
    return std::memcmp(column.cells() + a * column.width(), column.cells() + b * column.width(), column.width()) == 0;
}

}  // namespace

RowBits::RowBits(const RowBatch& rows, std::vector<uint32_t> columns, RowEquality equality)
    : rows_(rows), columns_(std::move(columns)), equality_(equality) {}

uint64_t RowBits::hash(size_t row) const {
    uint64_t hash = 0;
    for (const uint32_t index : columns_) {
        hash = combine(hash, cell_hash(rows_.columns[index], rows_.schema->columns[index].type, row, equality_));
    }
    return hash;
}

bool RowBits::equal(size_t a, size_t b) const {
    for (const uint32_t index : columns_) {
        if (!cells_equal(rows_.columns[index], rows_.schema->columns[index].type, a, b, equality_)) return false;
    }
    return true;
}

}  // namespace pintail::duck
