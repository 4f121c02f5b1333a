// Opening a target file, with a way out in every refusal.
#pragma once

#include <memory>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

enum class Access { read_write, read_only };

// Makes the file when `access` allows it and there is none. Error(destination) names the process that holds the
// lock, or what is wrong with the file or its folder.
std::shared_ptr<Database> open_target(const TargetOptions& options, Access access);

}  // namespace pintail::duck
