// Which row of a table is which row of its copy: by key; of a table without key, by all cells, each row once.
//
// The table is v in SQL, its copy s; both are relations of one TargetTable.
#pragma once

#include <string>
#include <vector>

#include "duck/connection.hpp"
#include "duck/target_table.hpp"

namespace pintail::duck {

inline constexpr const char* kPairs = "temp.main.pintail_pairs";

// A column of the source in both.
struct CommonColumn {
    std::string name;      // in the table, quoted
    std::string in_table;  // SQL of its cell there …
    std::string in_copy;   // … and in the copy, as the table's type (which may be the wider one)
    bool is_key = false;
    ColumnType type;
};
std::vector<CommonColumn> common_columns(const TargetTable& table);

// kPairs becomes (v, s, same): row numbers of both, and whether all cells are the same. The conditions are SQL over v
// and over s.
void pair_rows(const Connection& connection, const TargetTable& table, const std::string& of_table,
               const std::string& of_copy);

// "make_timestamptz(…)" of the moment when the copy was taken.
std::string taken_at(const TargetTable& table);

}  // namespace pintail::duck
