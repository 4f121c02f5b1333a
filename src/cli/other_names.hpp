// Tables and columns that are called otherwise in the target, since DuckDB tells no names apart by case.
#pragma once

#include <string>
#include <vector>

#include "core/source_table.hpp"
#include "duck/target_reader.hpp"

namespace pintail::cli {

// A line for each: of those that `target` has, and of `tables` that it has not, as a run would call them. Which of
// several new tables keeps its name is seen when they come.
std::vector<std::string> other_names(const std::vector<SourceTable>& tables, const duck::TargetStatus& target);

}  // namespace pintail::cli
