// Where the rows under the keys of a RowBatch stand in a table: their row numbers, and a number of the mode's.
//
// Row numbers are DuckDB's and mean something until the transaction ends. One finder per bound relation, on the
// loader's thread; made anew after an Error or a new shape.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "duck/key_statement.hpp"

namespace pintail::duck {

struct FoundRow {
    uint32_t index = 0;  // in what was asked for
    int64_t rowid = 0;
    int64_t value = 0;
};

class RowFinder {
public:
    // `value`: SQL of the BIGINT that comes along, of the table t. `null_column`: as KeyStatement has it.
    RowFinder(const Connection& connection, const Relation& relation, const Binding& binding, const std::string& value,
              std::string null_column = "");

    // What stands under the keys of `rows`.
    std::vector<FoundRow> find(const RowBatch& batch, const std::vector<uint32_t>& rows);

    // The keys of `rows` were appended.
    void note_appended(const RowBatch& batch, const std::vector<uint32_t>& rows) { find_.note_appended(batch, rows); }
    void note_copied(size_t rows) { find_.note_copied(rows); }

private:
    KeyStatement find_;
};

// Of a query whose columns are BIGINT: index, row number, value.
std::vector<FoundRow> found_rows(const Result& result);

}  // namespace pintail::duck
