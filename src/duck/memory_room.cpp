#include "duck/memory_room.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "duck/failure.hpp"
#include "log/log.hpp"

namespace pintail::duck {
namespace {

// Seen with texts, the widest fixed part of a row, on DuckDB 1.5.5: 400 columns fail with 256 MiB (while a second batch
// is put behind a first) and pass with 464 MiB; 1,600 fail with 1,100 MiB.
constexpr size_t kPerColumn = 1 << 20;
constexpr size_t kBeside = 64 << 20;

constexpr size_t in_mib(size_t bytes) {
    return bytes >> 20;
}

// Of the machine, or of the container that this runs in.
size_t machine_memory() {
    const auto all = static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t allowed = 0;
    std::ifstream("/sys/fs/cgroup/memory.max") >> allowed;  // "max", or no such file: none
    return allowed > 0 ? std::min(all, allowed) : all;
}

}  // namespace

size_t most_memory() {
    return machine_memory() / 10 * 8;  // as DuckDB's own default
}

MemoryRoom::MemoryRoom(const Connection& connection, const TargetOptions& options, size_t granted)
    : connection_(connection), may_grow_(options.memory_limit_bytes == 0), limit_(memory_limit_of(options)) {
    if (granted <= limit_) return;
    limit_ = granted;
    set();
}

void MemoryRoom::set() {
    connection_.run(fmt::format("SET memory_limit = '{}B'", limit_));
}

bool MemoryRoom::grow() {
    const size_t most = most_memory();
    if (!may_grow_ || limit_ >= most) return false;
    limit_ = std::min(limit_ * 2, most);
    return true;
}

void MemoryRoom::empty() {
    try {
        connection_.run("SET memory_limit = '1B'");
    } catch (const OutOfMemory&) {  // some of it has to stay; the rest has gone
    }
    set();
}

void MemoryRoom::expect(const std::string& table, size_t columns) {
    const size_t needed = columns * kPerColumn + kBeside;
    if (needed <= limit_) return;
    if (may_grow_) {
        limit_ = needed;
        set();
        log::info("table {} has {} columns: DuckDB gets up to {} MiB to write it (--memory-limit sets a limit)", table,
                  columns, in_mib(needed));
    } else if (needed > warned_) {
        warned_ = needed;
        log::warn("table {} has {} columns: DuckDB may need up to {} MiB to write it, --memory-limit gives it {} MiB",
                  table, columns, in_mib(needed), in_mib(limit_));
    }
}

}  // namespace pintail::duck
