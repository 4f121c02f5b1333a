// How a target file is opened. A plain struct: config/ fills it, duck/ only reads it.
#pragma once

#include <cstddef>
#include <string>

#include "core/table_mode.hpp"

namespace pintail::duck {

// What becomes of a column that the source has dropped.
enum class DroppedColumns {
    keep,  // it stays, NULL in new rows
    drop
};

// What becomes of a column whose new type the target's column neither holds nor widens to.
enum class TypeChanges {
    refuse,      // an Error: the source answers such a change by a new copy of the table
    cast,        // where every value comes back from the new type as it was; else as quarantine
    new_column,  // the old one is set aside (NAME_before), NULL stands in the new one; else as quarantine
    quarantine   // TableQuarantined
};

// What the target does with columns that the rows at hand do not have as it has them.
struct ShapePolicy {
    DroppedColumns dropped = DroppedColumns::keep;
    TypeChanges types = TypeChanges::refuse;
};

struct TargetOptions {
    std::string path;
    // DuckDB's own buffers. Rows in flight (batches, survivors) come on top: the batch limits bound those. 0: the
    // default, and more for the loader of wide tables (memory_room.hpp).
    size_t memory_limit_bytes = 0;
    // Of DuckDB, for its checkpoints and for queries; 0: half of the machine's cores, at least one. The loader's own
    // thread is one of them, and another one for so little work would spin beside it.
    int threads = 0;
    // DuckDB's write-ahead log is folded into the file by the commit that makes it longer than this. Each time it
    // writes the row groups anew in which rows were deleted.
    size_t checkpoint_threshold_bytes = 256u << 20;
    // Where DuckDB spills. Empty: "<path>.tmp", beside the file.
    std::string temp_directory;
    // Of mirrors; tables of other modes keep them.
    DroppedColumns dropped_columns = DroppedColumns::keep;
    TypeChanges type_changes = TypeChanges::refuse;
    // For tables that the target does not have yet; those that it has must agree. Empty: those are what they are, new
    // ones mirrors.
    ModeOfTable mode_of;
};

// How a run loads the target: kept in it for commands that come later.
struct LoadedBy {
    std::string slot;            // empty: no run has said so yet
    std::string on_type_change;  // the setting, as the user writes it; empty: likewise
};

inline constexpr size_t kDefaultMemoryLimit = 128u << 20;

inline size_t memory_limit_of(const TargetOptions& options) {
    return options.memory_limit_bytes > 0 ? options.memory_limit_bytes : kDefaultMemoryLimit;
}

}  // namespace pintail::duck
