// Rows of a table without key that are equal to rows of a batch, cell by cell.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duck/row_finder.hpp"
#include "duck/row_writer.hpp"

namespace pintail::duck {

// Stages the rows `removed` of the batch and answers a query for the row numbers of `times[i]` rows that are equal to
// removed[i] (fewer where there are not so many): columns n = i, and r. `condition`: SQL that a row t must fulfil.
std::string equal_rows_query(const WriteJob& job, const std::vector<uint32_t>& removed,
                             const std::vector<int64_t>& times, const std::string& condition);

// The same rows themselves, by n and row number; `value`: SQL of a BIGINT that comes along.
std::vector<FoundRow> find_equal_rows(const WriteJob& job, const std::vector<uint32_t>& removed,
                                      const std::vector<int64_t>& times, const std::string& condition,
                                      const std::string& value);

// Indexes of those of the batch's `rows` that are equal to the row of the table with the number rowids[index].
std::vector<size_t> rows_equal_to(const WriteJob& job, const std::vector<uint32_t>& rows,
                                  const std::vector<int64_t>& rowids);

// SQL: two cells of a type are the same. DuckDB's equality finds the candidates; where it is coarser than the bits, its
// text (which tells months from days) decides.
std::string same_cell(const ColumnType& type, const std::string& a, const std::string& b);

}  // namespace pintail::duck
