// Where snapshots begin and end in a topic (docs/correctness.md, rule 12).
#include "source/debezium_assembler_state.hpp"

namespace pintail::source {

using wire::Event;

// What has to stand in front of the event: the start of a new snapshot, or the end of an unfinished one.
std::optional<Step> DebeziumAssembler::snapshot_step(TopicState& of_topic, const Event& event) {
    if (options_.replay && !options_.whole_table) return std::nullopt;
    SnapshotState& snapshot = *of_topic.snapshot;
    if (is_snapshot_row(event)) {
        if (!is_new_snapshot(of_topic, event)) return std::nullopt;
        snapshot = {event.lsn.value_or(0), true};
        return SnapshotStart{of_topic.decoder.schema(), *snapshot.lsn, false, event.source_time_us};
    }
    // Streaming begins only after a snapshot: its last mark was lost (filtered, or the table shrank meanwhile).
    if (!snapshot.open || !is_streamed_change(event)) return std::nullopt;
    snapshot.open = false;
    return SnapshotEnd{*of_topic.decoder.table()};
}

// Of several partitions one may bring the last row before another has brought its own.
bool DebeziumAssembler::is_new_snapshot(const TopicState& of_topic, const Event& event) const {
    const bool may_go_on = of_topic.snapshot->open || of_topic.partition_count > 1;
    return !may_go_on || of_topic.snapshot->lsn != event.lsn.value_or(0);
}

// The table's last snapshot was taken after it.
bool DebeziumAssembler::is_in_snapshot(const TopicState& of_topic, const Event& event) {
    const auto& taken_at = of_topic.snapshot->lsn;
    return taken_at && event.lsn && (is_streamed_change(event) || is_snapshot_row(event)) && *event.lsn < *taken_at;
}

}  // namespace pintail::source
