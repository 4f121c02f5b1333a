#include "duck/row_slices.hpp"

#include <fmt/format.h>

namespace pintail::duck {

std::vector<int64_t> row_slices(const Connection& connection, const std::string& relation) {
    std::vector<int64_t> slices;
    for (const TextRow& slice : connection.texts(fmt::format(
             "SELECT (part * {0})::VARCHAR FROM (SELECT DISTINCT rowid // {0} AS part FROM {1}) ORDER BY part",
             kSliceRows, relation))) {
        slices.push_back(std::stoll(slice[0].value()));
    }
    return slices;
}

std::string in_slice(const std::string& alias, int64_t first) {
    return fmt::format("{0}.rowid >= {1} AND {0}.rowid < {2}", alias, first, first + kSliceRows);
}

}  // namespace pintail::duck
