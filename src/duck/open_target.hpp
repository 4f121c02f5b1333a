// Opening a target file, with a way out in every refusal.
#pragma once

#include <memory>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

enum class Access { read_write, read_only };

// Makes the file when `access` allows it and there is none. Error(destination) names the process that holds the
// lock, or what is wrong with the file or its folder.
//
// `memory_limit`: what DuckDB gets at least, in bytes, and then what it got: a log that a kill has left is read in
// memory, which wide and big tables need more of. Where the user has set a limit it is that one.
std::shared_ptr<Database> open_target(const TargetOptions& options, Access access, size_t& memory_limit);
std::shared_ptr<Database> open_target(const TargetOptions& options, Access access);

}  // namespace pintail::duck
