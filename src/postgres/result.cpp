#include "postgres/result.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>

#include "core/error.hpp"

namespace pintail::postgres {

void Result::Clear::operator()(pg_result* result) const {
    PQclear(result);
}

int Result::rows() const {
    return PQntuples(result_.get());
}

int Result::columns() const {
    return PQnfields(result_.get());
}

std::optional<std::string_view> Result::value(int row, int column) const {
    if (row < 0 || row >= rows() || column < 0 || column >= columns())
        throw Error(ErrorKind::internal,
                    fmt::format("a result of {} x {} has no cell {}, {}", rows(), columns(), row, column));
    if (PQgetisnull(result_.get(), row, column)) return std::nullopt;
    return std::string_view(PQgetvalue(result_.get(), row, column), PQgetlength(result_.get(), row, column));
}

int64_t Result::number(int row, int column) const {
    const auto cell = value(row, column);
    if (!cell) return 0;
    int64_t number = 0;
    const auto [end, error] = std::from_chars(cell->data(), cell->data() + cell->size(), number);
    if (error != std::errc() || end != cell->data() + cell->size())
        throw Error(ErrorKind::internal, fmt::format("column {} of a result is not an integer", column));
    return number;
}

}  // namespace pintail::postgres
