// How one table is compared: which columns, and the statements for both sides.
//
// A row's hash is the first 60 bits of the MD5 of its columns' canonical texts. Rows fall into chunks by their hash, so
// that no order of keys (and no collation) has to be the same on both sides, and tables without a key need nothing of
// their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/source_table.hpp"
#include "verify/canonical.hpp"

namespace pintail::verify {

struct TargetColumn {
    std::string source_name;
    std::string name;
    std::string type;   // DuckDB's name of it
    std::string exact;  // the column beside it; empty: none
};

struct TargetSide {
    std::string relation;  // quoted, with its schema
    std::string filter;    // SQL; empty: all rows are the source's rows of now
    std::vector<TargetColumn> columns;
};

struct SourceSide {
    SourceTable table;
    std::string relation;                // as it stands behind FROM
    std::string filter;                  // of the publication; empty: all rows
    std::vector<std::string> published;  // columns; empty: all
    SourceEncoding encoding = SourceEncoding::utf8;
};

// A column that is in one side only, or has no form in common.
struct LeftOut {
    std::string column;
    std::string why;
};

class TablePlan {
public:
    TablePlan(const SourceSide& source, const TargetSide& target);

    const std::vector<LeftOut>& left_out() const { return left_out_; }
    const std::vector<std::string>& columns() const { return names_; }
    // Empty: the rows are a multiset.
    const std::vector<std::string>& key() const { return key_; }

    struct Statement {
        std::string source;
        std::string target;
    };
    // Per chunk: its number, rows, sum of hashes. `chunks` is a power of two.
    Statement chunk_sums(uint64_t chunks) const;
    // The rows of some chunks: hash, canonical key (NULL without one), then the text of each key column.
    Statement rows_of(const std::vector<uint64_t>& some, uint64_t chunks) const;
    // The rows of some hashes: hash, then two texts of each column: the canonical one and one for people.
    Statement cells_of(const std::vector<uint64_t>& hashes) const;

private:
    void take_key(const std::vector<std::string>& key);
    void add(const SourceColumn& column, const TargetColumn& target, SourceEncoding encoding);
    Statement selected(const std::string& more_source, const std::string& more_target) const;

    std::string source_from_;
    std::string target_from_;
    SourceEncoding encoding_;
    std::vector<std::string> names_;
    std::vector<std::string> source_forms_, target_forms_;
    std::vector<std::string> source_texts_, target_texts_;  // as Postgres reads them
    std::vector<std::string> key_;
    std::vector<size_t> key_columns_;
    std::vector<LeftOut> left_out_;
};

// "Na""me", for both databases.
std::string quoted(const std::string& name);

}  // namespace pintail::verify
