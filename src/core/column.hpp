// One column's cells: a fixed-width array, validity words, and the bitmap of unchanged-TOAST cells.
//
// Layout per ColumnType: see column_type.hpp. Strings are StringCells whose bytes lie inline (up to 12) or in the
// Arena of the RowBatch that owns the column. A list keeps its elements in child(0), a structure its fields in
// child(i) (one child cell per row). A NULL or unchanged cell is still present in the array, zeroed.
// Not thread-safe; moved between threads with its RowBatch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/arena.hpp"
#include "core/column_type.hpp"

namespace pintail {

// DuckDB's string_t: up to 12 bytes inline, longer ones as 4 prefix bytes and a pointer.
struct StringCell {
    static constexpr uint32_t kInlineBytes = 12;

    uint32_t length = 0;
    char prefix[4] = {};
    const char* pointer = nullptr;

    // The 12 inline bytes run from `prefix` over `pointer`.
    const char* data() const { return length <= kInlineBytes ? reinterpret_cast<const char*>(this) + 4 : pointer; }
    std::string_view view() const { return {data(), length}; }
};
static_assert(sizeof(StringCell) == 16 && std::is_trivially_copyable_v<StringCell>);

// `bytes` must stay where they are for as long as the cell is used, unless they fit inline.
StringCell make_string_cell(std::string_view bytes);

class Column {
public:
    explicit Column(const ColumnType& type);
    Column(Column&&) noexcept = default;
    Column& operator=(Column&&) noexcept = default;

    size_t size() const { return size_; }
    void reserve(size_t rows);

    // Appends one cell. T must be the physical type of column_type.hpp; a mismatch in width is a bug in the caller.
    template <typename T>
    void push(const T& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        std::memcpy(next_cell(), &value, sizeof(T));
    }
    void push_string(std::string_view bytes, Arena& arena);  // copies into the arena when longer than 12
    void push_null();                                        // a structure's children get a NULL each, too
    void push_unchanged();                                   // NULL plus the unchanged-TOAST mark
    // The cell of a column of the same type; long strings stay in the arena of `from`, which must live as long.
    void push_copy(const Column& from, size_t row);
    // The last `length` cells of child(0) become one list cell.
    void push_list(uint64_t length);
    // One structure cell; the caller has pushed, or pushes, one cell to every child.
    void push_structure() { next_cell(); }

    // Forgets what a cell that could not be finished has left in the children.
    void forget_unfinished();

    // Forgets the rows from `rows` on, children included (strings stay in the arena).
    void truncate(size_t rows);

    template <typename T>
    T at(size_t row) const {
        T value;
        std::memcpy(&value, cells_.get() + row * width_, sizeof(T));
        return value;
    }
    std::string_view string_at(size_t row) const {
        return reinterpret_cast<const StringCell*>(cells_.get())[row].view();
    }
    bool is_null(size_t row) const { return has_nulls_ && !test(validity_, row); }
    bool is_unchanged(size_t row) const { return !unchanged_.empty() && test(unchanged_, row); }

    bool has_nulls() const { return has_nulls_; }               // at least one NULL was pushed
    bool has_unchanged() const { return !unchanged_.empty(); }  // at least one unchanged cell was pushed
    const std::byte* cells() const { return cells_.get(); }
    const uint64_t* validity() const { return has_nulls_ ? validity_.data() : nullptr; }  // null: all cells valid
    size_t width() const { return width_; }
    size_t memory_bytes() const;  // what it occupies, children included, strings not

    size_t child_count() const { return children_.size(); }
    Column& child(size_t index) { return children_[index]; }
    const Column& child(size_t index) const { return children_[index]; }

private:
    static bool test(const std::vector<uint64_t>& words, size_t row) { return (words[row / 64] >> (row % 64)) & 1; }

    std::byte* next_cell() {
        if (size_ == capacity_) grow(size_ + 1);
        if (has_nulls_) mark_valid(size_);
        return cells_.get() + (size_++) * width_;
    }
    void grow(size_t at_least_rows);
    void mark_valid(size_t row);
    void mark_null(size_t row);

    TypeKind kind_;
    size_t width_;
    size_t size_ = 0;
    size_t capacity_ = 0;
    bool has_nulls_ = false;
    std::unique_ptr<std::byte[]> cells_;
    std::vector<uint64_t> validity_;   // bit set = valid; kept only once a NULL was seen
    std::vector<uint64_t> unchanged_;  // bit set = unchanged; kept only once one was seen
    std::vector<Column> children_;
};

}  // namespace pintail
