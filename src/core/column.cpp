#include "core/column.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace pintail {
namespace {

constexpr size_t kFirstRows = 16;  // one-row batches are common: start small, double from there

size_t words_for(size_t rows) {
    return (rows + 63) / 64;
}

template <typename Word>
Word load(const char* bytes) {
    Word word;
    std::memcpy(&word, bytes, sizeof(Word));
    return word;
}

// The first bytes low, zeros above; reads nothing beyond them. Two words that overlap say the same where they do.
uint64_t load_up_to_8(const char* bytes, size_t size) {
    if (size >= 4) return load<uint32_t>(bytes) | uint64_t{load<uint32_t>(bytes + size - 4)} << (8 * (size - 4));
    if (size >= 2) return load<uint16_t>(bytes) | uint64_t{load<uint16_t>(bytes + size - 2)} << (8 * (size - 2));
    return size == 1 ? static_cast<unsigned char>(*bytes) : 0;
}

}  // namespace

// The cell as the two words it is made of: filled byte by byte and then copied as a whole, it would stall the CPU.
StringCell make_string_cell(std::string_view bytes) {
    const char* data = bytes.data();
    const size_t size = bytes.size();
    const uint64_t start = size >= 4 ? load<uint32_t>(data) : load_up_to_8(data, size);
    uint64_t rest = 0;
    if (size > StringCell::kInlineBytes) rest = reinterpret_cast<uintptr_t>(data);
    else if (size > 4) rest = load_up_to_8(data + 4, size - 4);
    return std::bit_cast<StringCell>(std::array<uint64_t, 2>{static_cast<uint32_t>(size) | start << 32, rest});
}

Column::Column(const ColumnType& type) : kind_(type.kind), width_(cell_width(type)) {
    children_.reserve(type.fields.size());
    for (const Field& field : type.fields) children_.emplace_back(field.type);
}

void Column::reserve(size_t rows) {
    if (rows > capacity_) grow(rows);
}

void Column::grow(size_t at_least_rows) {
    const size_t rows = std::max({at_least_rows, capacity_ * 2, kFirstRows});
    auto bigger = std::make_unique_for_overwrite<std::byte[]>(std::max<size_t>(rows * width_, 1));
    if (size_ != 0) std::memcpy(bigger.get(), cells_.get(), size_ * width_);
    cells_ = std::move(bigger);
    capacity_ = rows;
}

void Column::push_string(std::string_view bytes, Arena& arena) {
    push(make_string_cell(bytes.size() <= StringCell::kInlineBytes ? bytes : arena.copy(bytes)));
}

void Column::push_null() {
    const size_t row = size_;
    std::byte* cell = next_cell();
    std::memset(cell, 0, width_);
    if (kind_ == TypeKind::list) {
        const ListCell empty{children_[0].size(), 0};  // keeps offsets ascending, which truncate() relies on
        std::memcpy(cell, &empty, sizeof(empty));
    }
    if (kind_ == TypeKind::structure) {
        for (Column& child : children_) child.push_null();
    }
    mark_null(row);
}

void Column::push_unchanged() {
    const size_t row = size_;
    push_null();
    unchanged_.resize(std::max(unchanged_.size(), words_for(row + 1)));
    unchanged_[row / 64] |= uint64_t{1} << (row % 64);
}

void Column::push_copy(const Column& from, size_t row) {
    if (from.is_null(row)) return push_null();
    if (kind_ == TypeKind::list) {
        const auto cell = from.at<ListCell>(row);
        for (uint64_t index = 0; index < cell.length; ++index)
            children_[0].push_copy(from.children_[0], cell.offset + index);
        return push_list(cell.length);
    }
    for (size_t index = 0; index < children_.size(); ++index) children_[index].push_copy(from.children_[index], row);
    std::memcpy(next_cell(), from.cells_.get() + row * width_, width_);
}

void Column::push_list(uint64_t length) {
    push(ListCell{children_[0].size() - length, length});
}

void Column::mark_valid(size_t row) {
    if (row / 64 >= validity_.size()) validity_.resize(row / 64 + 1);
    validity_[row / 64] |= uint64_t{1} << (row % 64);
    if (!unchanged_.empty() && row / 64 >= unchanged_.size()) unchanged_.resize(row / 64 + 1);
}

void Column::mark_null(size_t row) {
    if (!has_nulls_) {
        has_nulls_ = true;
        validity_.assign(words_for(row + 1), ~uint64_t{0});
    }
    if (row / 64 >= validity_.size()) validity_.resize(row / 64 + 1);
    validity_[row / 64] &= ~(uint64_t{1} << (row % 64));
    if (!unchanged_.empty() && row / 64 >= unchanged_.size()) unchanged_.resize(row / 64 + 1);
}

void Column::forget_unfinished() {
    size_t kept = size_;
    if (kind_ == TypeKind::list) {
        const auto last = size_ == 0 ? ListCell{} : at<ListCell>(size_ - 1);
        kept = last.offset + last.length;
    }
    for (Column& child : children_) {
        child.truncate(kept);
        child.forget_unfinished();
    }
}

void Column::truncate(size_t rows) {
    if (rows >= size_) return;
    for (Column& child : children_) {
        child.truncate(kind_ == TypeKind::list ? at<ListCell>(rows).offset : rows);
    }
    for (size_t row = rows; row < size_ && !unchanged_.empty(); ++row) {
        unchanged_[row / 64] &= ~(uint64_t{1} << (row % 64));
    }
    size_ = rows;
}

size_t Column::memory_bytes() const {
    size_t bytes = capacity_ * width_ + (validity_.size() + unchanged_.size()) * sizeof(uint64_t);
    for (const Column& child : children_) bytes += child.memory_bytes();
    return bytes;
}

}  // namespace pintail
