#include "duck/room_guard.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "log/log.hpp"

namespace pintail::duck {
namespace {

namespace fs = std::filesystem;

// pintail deletes and inserts, it does not update in place: a checkpoint writes about what the log holds, besides what
// it merges. Three times the log that may gather until the next look is ample.
constexpr size_t kTimesTheLog = 3;
constexpr const char* kNever = "1000TB";

}  // namespace

RoomGuard::RoomGuard(const Connection& connection, const TargetOptions& options)
    : connection_(connection), path_(options.path), threshold_(options.checkpoint_threshold_bytes) {
    look();
}

void RoomGuard::look() {
    const bool hold_back = !has_room();
    if (left_ || hold_back == held_back_) return;
    if (hold_back) log::warn("target {}: little room on its disk; its log grows until there is more", path_);
    checkpoint(!hold_back);
    held_back_ = hold_back;
}

void RoomGuard::leave() {
    if (!std::exchange(left_, true)) checkpoint(false);
}

void RoomGuard::checkpoint(bool allowed) {
    connection_.run(allowed ? "PRAGMA enable_checkpoint_on_shutdown" : "PRAGMA disable_checkpoint_on_shutdown");
    connection_.run(
        fmt::format("SET GLOBAL checkpoint_threshold = '{}'", allowed ? fmt::format("{}B", threshold_) : kNever));
}

bool RoomGuard::has_room() const {
    std::error_code failed;
    const auto space = fs::space(fs::absolute(path_).parent_path(), failed);
    if (failed) return true;
    const auto log_bytes = fs::file_size(path_ + ".wal", failed);
    return space.available >= kTimesTheLog * (threshold_ + (failed ? 0 : log_bytes));
}

}  // namespace pintail::duck
