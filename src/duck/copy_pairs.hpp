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

// Which rows are paired: SQL over v, or over s.
struct PairedRows {
    std::string of_table = "true";
    std::string of_copy = "true";
    std::string first = "true";  // of several rows of the table under one key: those that are taken first
};

// kPairs becomes (v, s, same): row numbers of both, and whether all cells are the same. Each row is in one pair at the
// most; where several rows of the table have the key of one of the copy, the pair is not `same`.
void pair_rows(const Connection& connection, const TargetTable& table, const PairedRows& rows);

// "make_timestamptz(…)" of the moment when the copy was taken.
std::string taken_at(const TargetTable& table);

}  // namespace pintail::duck
