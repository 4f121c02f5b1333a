// The rows that a statement returned, in Postgres' own text form.
//
// Owns libpq's PGresult; the views that it hands out live as long as it does. One thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

struct pg_result;

namespace pintail::postgres {

class Result {
public:
    explicit Result(pg_result* owned) : result_(owned) {}

    int rows() const;
    int columns() const;

    // nullopt: SQL NULL. Asking beyond rows() or columns() is an Error of kind internal.
    std::optional<std::string_view> value(int row, int column) const;
    // For columns that cannot be NULL: an empty text stands for NULL.
    std::string_view text(int row, int column) const { return value(row, column).value_or(std::string_view()); }
    bool flag(int row, int column) const { return text(row, column) == "t"; }
    int64_t number(int row, int column) const;  // 0 for NULL

private:
    struct Clear {
        void operator()(pg_result* result) const;
    };
    std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace pintail::postgres
