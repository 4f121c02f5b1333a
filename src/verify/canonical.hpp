// One text per value, the same on both sides: SQL for Postgres and SQL for DuckDB that give it.
//
// Nothing here shares code with the decoders that are being checked: each side says what it holds in its own words, and
// the expressions make the words agree (docs/verify.md has the forms). Two values have one text exactly when they are
// the same value: -0 is not 0, one month is not 30 days. Pure.
#pragma once

#include <optional>
#include <string>

#include "core/source_table.hpp"

namespace pintail::verify {

// Of the source's database. sql_ascii: texts are any bytes; those that are no UTF-8 stand as \x and hex beside the
// column.
enum class SourceEncoding { utf8, sql_ascii, other };

struct ColumnPair {
    SourceType type;
    std::string source;       // SQL of the value in Postgres
    std::string target_type;  // DuckDB's name of it: "DECIMAL(12,2)", "INTEGER[]"
    std::string target;       // SQL of the value in DuckDB
    std::string exact;  // SQL of Postgres' text beside it, where the type cannot hold the value; empty: no such column
};

// Expressions of type text; NULL and every value have texts of their own, and a comma after one ends it.
struct CanonicalPair {
    std::string source;
    std::string target;
};

// nullopt: the two types have no form in common yet.
std::optional<CanonicalPair> canonical(const ColumnPair& column, SourceEncoding encoding);

// What Postgres' output function writes; NULL for NULL.
std::string source_text(const SourceType& type, const std::string& value);
// The same, in \x and hex where it is no UTF-8: what stands beside the column.
std::string shown_text(const SourceType& type, const std::string& value, SourceEncoding encoding);
// The same of a value in DuckDB, as far as Postgres understands it when it reads the value back.
std::string target_text(const SourceType& type, const std::string& target_type, const std::string& value);

}  // namespace pintail::verify
