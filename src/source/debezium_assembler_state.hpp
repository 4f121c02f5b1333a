// What the assembler keeps per topic and partition. For the files of DebeziumAssembler only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "source/debezium_assembler.hpp"
#include "source/held_message.hpp"

namespace pintail::source {

// Only streamed changes test and move the watermark: snapshot rows share or repeat positions.
inline bool is_streamed_change(const wire::Event& event) {
    if (event.kind == wire::EventKind::truncate) return true;
    return event.kind == wire::EventKind::row && event.snapshot == wire::SnapshotMark::none && event.op != Op::snapshot;
}

inline bool is_snapshot_row(const wire::Event& event) {
    return event.kind == wire::EventKind::row &&
           (event.snapshot == wire::SnapshotMark::inside || event.snapshot == wire::SnapshotMark::last_of_table);
}

inline Watermark watermark_of(const wire::Event& event) {
    return {event.last_commit_lsn.value_or(0), event.lsn.value_or(0), event.source_time_us / 1000};
}

struct DebeziumAssembler::PartitionState {
    PartitionPosition position;
    bool moved = false;  // since the last take()
    // A remove that a key change announced: it waits for the insert under the new key.
    std::unique_ptr<HeldMessage> held;
    bool completing = false;              // `held` is being consumed now
    std::optional<uint32_t> removed_row;  // where it went, until its insert has been linked
    bool removal_waits = false;           // the remove went to quarantine instead: its insert belongs behind it
};

struct DebeziumAssembler::TopicState {
    TopicState(std::string topic_name, std::shared_ptr<const wire::DebeziumOptions> options)
        : name(std::move(topic_name)), decoder(std::move(options)) {}

    std::string name;
    std::string id;  // see PartitionPosition::topic_id
    int32_t partition_count = 1;
    wire::DebeziumDecoder decoder;
    std::map<int32_t, PartitionState> partitions;
    std::optional<size_t> rows_step;             // index in batch_.steps of the RowBatch that still grows
    bool changed_in_batch = false;               // batch_ changes this table
    SnapshotState* snapshot = nullptr;           // of the topic's table, once its name is known
    std::optional<bool> wanted;                  // likewise
    std::optional<bool> waits;                   // likewise: the table is not followed
    std::map<std::string, std::string> guesses;  // column → type, as logged, of a table whose types are inferred
};

}  // namespace pintail::source
