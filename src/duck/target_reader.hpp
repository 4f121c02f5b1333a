// Reading a target without writing: status, and queries of people and programs that must not change anything.
//
// Either opens a file that nobody writes (other read-only processes may have it open, too), or stands beside an open
// DuckDestination in the same process (DuckDestination::reader()), seeing whole commits only.
// One thread at a time per reader, any thread; interrupt() may come from another.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/position.hpp"
#include "core/table_mode.hpp"
#include "core/table_schema.hpp"
#include "duck/target_options.hpp"

namespace pintail::duck {

struct InferredColumn {
    std::string name;  // in the target
    std::string type;  // DuckDB's name ("BIGINT")
};

struct ColumnOrigin {
    std::string column;       // as the source calls it
    std::string source_type;  // ColumnSchema::source_type
    std::string target;       // as the target calls it

    bool is_renamed() const { return target != shown_column_name(column); }
};

struct TableStatus {
    TableName name;    // as the source calls it
    TableName target;  // as the target calls it
    TableMode mode = TableMode::mirror;
    bool shown = true;                     // false: its first copy is still hidden
    uint64_t rows = 0;                     // of what is shown; else of the copy, as far as it is
    std::vector<std::string> key;          // empty: none
    std::vector<InferredColumn> inferred;  // columns whose types were guessed (--infer)
    bool snapshot_open = false;            // a copy is on its way, or waits until it can be shown
    std::optional<uint64_t> snapshot_lsn;
    uint64_t last_lsn = 0;              // of the newest change; 0: none yet
    int64_t last_commit_time_us = 0;    // the source's clock; 0: none yet
    std::vector<ColumnOrigin> columns;  // that the source has
    std::string quarantined;            // why it is not followed; empty: it is
    std::string not_followed;           // likewise of a table that a copy, or nothing at all, brings back (pintail run)
};

struct QuarantineCount {
    std::string topic;  // empty: a row that pintail itself set aside
    std::string table;  // empty: unknown
    uint64_t messages = 0;
};

struct TargetStatus {
    std::string target_uuid;  // empty: pintail has never written here
    Position position;
    LoadedBy loaded_by;
    std::vector<TableStatus> tables;
    std::vector<QuarantineCount> quarantine;
    uint64_t blocked_keys = 0;  // whose later changes wait behind messages in quarantine
};

struct ResultColumn {
    std::string name;
    std::string type;  // DuckDB's name ("DECIMAL(12,2)")
};

// Cells as DuckDB casts them to VARCHAR; nullopt: NULL. Valid during the call only.
using TextCells = std::vector<std::optional<std::string_view>>;

class TargetReader {
public:
    // Error(destination) as for a writer: another process has it, it is no DuckDB file, …
    explicit TargetReader(const TargetOptions& options);
    TargetReader(TargetReader&&) noexcept;
    ~TargetReader();

    TargetStatus status();

    // One statement that only reads (SELECT, WITH, FROM, VALUES, DESCRIBE, SHOW, SUMMARIZE, EXPLAIN), with schema
    // `public` on the search path. Calls `on_columns` once, then `on_row` per row until it answers false; rows are
    // computed as they are taken, so that an answer of any size takes little memory.
    // Error(usage) for anything else and for SQL that DuckDB refuses; nothing outside the target can be reached.
    void query(const std::string& sql, const std::function<void(const std::vector<ResultColumn>&)>& on_columns,
               const std::function<bool(const TextCells&)>& on_row);

    // From here on every read() sees the target as it is now, whatever is committed meanwhile. Once; status() and
    // query() are not for a pinned reader.
    void pin();
    // pintail's own SQL; every column must be VARCHAR.
    void read(const std::string& sql, const std::function<void(const TextCells&)>& on_row);

    // Ends a running query() or read() with an Error.
    void interrupt();

private:
    friend class DuckDestination;
    struct State;
    explicit TargetReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace pintail::duck
