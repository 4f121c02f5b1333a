// How a target file is opened. A plain struct: config/ fills it, duck/ only reads it.
#pragma once

#include <cstddef>
#include <string>

namespace pintail::duck {

struct TargetOptions {
    std::string path;
    // DuckDB's own buffers. Rows in flight (batches, survivors) come on top: the batch limits bound those.
    size_t memory_limit_bytes = 256u << 20;
    int threads = 2;
    // DuckDB's write-ahead log is folded into the file by the commit that makes it longer than this.
    // docs/correctness.md, "Checkpoints", has the figures behind the default.
    size_t checkpoint_threshold_bytes = 64u << 20;
    // Where DuckDB spills. Empty: "<path>.tmp", beside the file.
    std::string temp_directory;
};

}  // namespace pintail::duck
