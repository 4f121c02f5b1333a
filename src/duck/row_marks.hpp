// Changing and deleting rows of a table by their row numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duck/connection.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

struct RowMark {
    int64_t rowid = 0;
    int64_t time_us = 0;
};

// UPDATE … SET `assignments` of the marked rows; in it the table is t, the mark's time m.marked_at (TIMESTAMPTZ).
void mark_rows(const Connection& connection, const Relation& relation, const std::string& assignments,
               const std::vector<RowMark>& marks);

void delete_rows(const Connection& connection, const Relation& relation, const std::vector<int64_t>& rowids);

}  // namespace pintail::duck
