// DuckDB's memory_limit, where the user has set none: a small one that grows with what the tables need.
//
// Wide tables need more while they are written: of each column DuckDB keeps some blocks of 256 KiB at hand. Big tables
// of which rows were deleted here and there need more for good: DuckDB 1.5 keeps 8 bytes at hand for each of the 2,048
// rows around a deleted one, and neither a checkpoint nor a restart frees it of that.
//
// One loader thread. Owned by whoever owns the open database.
#pragma once

#include <cstddef>
#include <string>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

// What DuckDB may get of this machine's or container's memory, in bytes.
size_t most_memory();

class MemoryRoom {
public:
    // granted: what DuckDB has been given already, since the target could not be opened with less or was written with
    // more before; 0: nothing beyond the options.
    MemoryRoom(const Connection& connection, const TargetOptions& options, size_t granted);

    // A table of so many columns is going to be written. Where the limit is the user's own it stays, with a warning.
    void expect(const std::string& table, size_t columns);

    // It was not enough. false: there is no more, since the user or the machine has set the limit. To be called while
    // the database may be invalid: what it grows to holds for the next MemoryRoom.
    bool grow();
    size_t limit() const { return limit_; }

    // Lets go of the blocks that DuckDB has at hand and can read again. Nothing else may run in the database.
    void empty();

private:
    void set();

    const Connection& connection_;
    const bool may_grow_;
    size_t limit_;
    size_t warned_ = 0;  // of so many bytes
};

}  // namespace pintail::duck
