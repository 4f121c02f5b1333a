// Query results as people and programs read them: docs/query.md, "Formats".
//
// All but the table go out row by row. The table looks at the first rows for its widths, then goes on row by row, so
// that memory stays bounded; a later value that is wider shifts its line.
#pragma once

#include <memory>
#include <string_view>

#include "cli/output.hpp"
#include "serve/query.hpp"

namespace pintail::cli {

enum class Format { table, csv, json, jsonl };

// The sink's row() is false once nobody reads `output` any more. `output` must outlive it.
std::unique_ptr<serve::ResultSink> make_renderer(Format format, Output& output);

// How a value stands in JSON: a number, true/false and JSON itself by the column's type, else a string.
void append_json_value(std::string& out, std::string_view type, const serve::Cell& cell);

// Result columns as keys of an object: a name that repeats gets _2, _3, …
std::vector<std::string> unique_names(const std::vector<serve::ResultColumn>& columns);

}  // namespace pintail::cli
