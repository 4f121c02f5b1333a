// Compares one table on both sides: chunk by chunk by count and checksum, then the rows of the chunks that differ.
//
// One thread. Memory is bounded by Limits::rows.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "verify/snapshot.hpp"
#include "verify/table_plan.hpp"

namespace pintail::verify {

enum class Difference : uint8_t {
    missing,   // the target does not have the row
    extra,     // only the target has it
    different  // both have the key, with other values (never of a table without key)
};

struct Cell {
    std::string column;
    std::optional<std::string> source, target;  // nullopt: NULL
};

struct DifferingRow {
    Difference difference = Difference::missing;
    std::vector<std::string>
        key;                  // as Postgres prints and reads it, in the order of the key; empty: the table has none
    uint64_t times = 1;       // equal rows of a table without key
    std::vector<Cell> cells;  // those that differ; of the first Limits::shown rows of kind `different`
};

struct Limits {
    size_t rows = 1'000'000;  // of differing chunks that are held in memory, both sides together
    size_t shown = 20;        // rows whose cells are fetched
};

struct Comparison {
    uint64_t source_rows = 0;
    uint64_t target_rows = 0;
    uint64_t chunks = 0;
    uint64_t differing_chunks = 0;
    uint64_t missing = 0, extra = 0, different = 0;
    // Every one of them, unless there are so many that not all chunks could be looked at.
    std::vector<DifferingRow> rows;
    uint64_t chunks_not_looked_at = 0;

    bool equal() const { return differing_chunks == 0; }
};

Comparison compare(const TablePlan& plan, Snapshot& source, Snapshot& target, uint64_t expected_rows,
                   const Limits& limits);

}  // namespace pintail::verify
