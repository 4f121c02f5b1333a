#include "duck/memory_room.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

namespace pintail::duck {
namespace {

// Seen with texts, the widest fixed part of a row, on DuckDB 1.5.5: 400 columns fail with 256 MiB (while a second batch
// is put behind a first) and pass with 464 MiB; 1,600 fail with 1,100 MiB.
constexpr size_t kPerColumn = 1 << 20;
constexpr size_t kBeside = 64 << 20;

constexpr size_t in_mib(size_t bytes) {
    return bytes >> 20;
}

}  // namespace

MemoryRoom::MemoryRoom(const Connection& connection, const TargetOptions& options)
    : connection_(connection), may_grow_(options.memory_limit_bytes == 0), limit_(memory_limit_of(options)) {}

void MemoryRoom::expect(const std::string& table, size_t columns) {
    const size_t needed = columns * kPerColumn + kBeside;
    if (needed <= limit_) return;
    if (may_grow_) {
        connection_.run(fmt::format("SET memory_limit = '{}B'", needed));
        limit_ = needed;
        spdlog::info("table {} has {} columns: DuckDB gets up to {} MiB to write it (--memory-limit sets a limit)",
                     table, columns, in_mib(needed));
    } else if (needed > warned_) {
        warned_ = needed;
        spdlog::warn(
            "table {} has {} columns: DuckDB may need up to {} MiB to write it, --memory-limit gives it {} MiB", table,
            columns, in_mib(needed), in_mib(limit_));
    }
}

}  // namespace pintail::duck
