// DuckDB's memory_limit while wide tables are written: of each column it keeps some blocks of 256 KiB at hand, which
// for some hundred columns is more than its default.
//
// One loader thread. Owned by whoever owns the open database.
#pragma once

#include <cstddef>
#include <string>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

class MemoryRoom {
public:
    MemoryRoom(const Connection& connection, const TargetOptions& options);

    // A table of so many columns is going to be written. Where the limit is the user's own it stays, with a warning.
    void expect(const std::string& table, size_t columns);

private:
    const Connection& connection_;
    const bool may_grow_;
    size_t limit_;
    size_t warned_ = 0;  // of so many bytes
};

}  // namespace pintail::duck
