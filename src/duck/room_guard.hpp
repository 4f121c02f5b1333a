// Keeps DuckDB from folding its write-ahead log into the file on a disk that has no room for it.
//
// DuckDB 1.5.5 can lose committed rows when a checkpoint fails for want of room: the record of it in the log may name
// the same root as the file's header, and the next open then takes the whole log for done and deletes it. Commits that
// fail for want of room are harmless, so only checkpoints are held back, until there is room again.
#pragma once

#include <cstddef>
#include <string>

#include "duck/connection.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

class RoomGuard {
public:
    // `connection` must outlive the guard; its thread makes all calls.
    RoomGuard(const Connection& connection, const TargetOptions& options);

    // To be called before each commit and before the database is closed.
    void look();

    // No checkpoint any more, also not when the database is closed: its log's name is not its own any more.
    void leave();

private:
    bool has_room() const;
    void checkpoint(bool allowed);

    const Connection& connection_;
    const std::string path_;
    const size_t threshold_;
    bool held_back_ = false;
    bool left_ = false;
};

}  // namespace pintail::duck
