// How far the target has come, as it is stored in the target itself with the rows it stands for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/lsn.hpp"

namespace pintail {

// The last streamed Debezium event of a partition: what re-deliveries are recognised by.
// Debezium's source.sequence is ["<commit LSN before>", "<lsn>"], source.lsn is the second.
struct Watermark {
    uint64_t last_commit_lsn = 0;
    uint64_t lsn = 0;
    int64_t source_time_ms = 0;
};

struct PartitionPosition {
    std::string topic;
    int32_t partition = 0;
    int64_t next_offset = 0;        // the first offset that the target does not hold
    int64_t last_offset = -1;       // the record that `last_record_hash` was taken of; -1: none yet
    uint64_t last_record_hash = 0;  // of that record's key, value and timestamp: recognises a re-created topic
    std::optional<Watermark> watermark;
    std::string topic_id;  // by which the broker knows the topic; empty: not known (state of an earlier
                           // pintail, or a broker without ids)
};

// Only the partitions that a batch moved; the target keeps the others as they are.
struct KafkaPosition {
    std::vector<PartitionPosition> partitions;
};

struct PostgresPosition {
    Lsn commit_end;  // end LSN of the last applied commit, never of a part of one
    int64_t commit_time_us = 0;
    std::string slot;
    std::string system_identifier;
    uint32_t timeline = 0;
    std::string database;
};

// monostate: a source that cannot be resumed (a replayed file).
using Position = std::variant<std::monostate, KafkaPosition, PostgresPosition>;

}  // namespace pintail
