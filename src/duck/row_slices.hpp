// The rows of a relation in slices of 100,000: readers could see half of what one INSERT … SELECT of more than a row
// group (122,880 rows) wrote (docs/correctness.md, "DuckDB's own traps").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duck/connection.hpp"

namespace pintail::duck {

inline constexpr int64_t kSliceRows = 100'000;

// Row numbers [first, first + kSliceRows). Those of rows that the open transaction has added are astronomic.
std::vector<int64_t> row_slices(const Connection& connection, const std::string& relation);

// "t.rowid >= … AND t.rowid < …"
std::string in_slice(const std::string& alias, int64_t first);

}  // namespace pintail::duck
