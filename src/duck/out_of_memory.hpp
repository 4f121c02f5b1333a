// DuckDB needs more than its memory_limit.
#pragma once

#include <string>

#include "core/error.hpp"

namespace pintail::duck {

class OutOfMemory : public Error {
public:
    explicit OutOfMemory(const std::string& what) : Error(ErrorKind::destination, what) {}
};

}  // namespace pintail::duck
