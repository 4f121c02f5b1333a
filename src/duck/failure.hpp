// DuckDB's return codes and messages as pintail's Error.
#pragma once

#include <duckdb.h>

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "duck/out_of_memory.hpp"

namespace pintail::duck {

// Throws Error(destination). `doing` names the step ("appending to public.users"). Messages of kinds that quote cell
// values (conversion, constraint, …) are cut down to their kind. A fatal one says that the target must be reopened; a
// full disk is transient; want of memory is OutOfMemory, also where DuckDB has invalidated the database for it.
[[noreturn]] void fail(duckdb_error_type type, std::string_view message, std::string_view doing);

// The message says that the disk is full.
bool is_full(std::string_view message);

// The message says that DuckDB needs more than its memory_limit.
bool is_out_of_memory(std::string_view message);

}  // namespace pintail::duck
