// Tables that are not followed: their messages wait in quarantine (docs/decisions/0012).

#include "log/log.hpp"
#include "source/debezium_assembler_state.hpp"

namespace pintail::source {

using wire::Event;
using wire::EventKind;
using wire::Message;

// All of a table that is not followed waits, in its order, until a new snapshot of it begins. With several partitions
// the snapshot waits, too: of the others nobody knows what lies before it.
bool DebeziumAssembler::waits_with_table(TopicState& of_topic, PartitionState& of_partition, const Message& message,
                                         const Headers& all_headers) {
    if (of_topic.waits == false) return false;
    Event event;
    of_topic.decoder.peek(message, event);
    if (event.kind == EventKind::tombstone || event.kind == EventKind::other) return false;
    if (!of_topic.waits) of_topic.waits = wanted(of_topic) && waiting_tables_.contains(*of_topic.decoder.table());
    if (!*of_topic.waits) return false;
    if (is_snapshot_row(event) && of_topic.partition_count == 1 && is_new_snapshot(of_topic, event)) {
        follow_again(of_topic, message);
        return false;
    }
    if (is_redelivery(of_partition, event)) {
        note_redelivery(of_topic, message, event, *of_partition.position.watermark);
        return true;
    }
    const TableName& table = *of_topic.decoder.table();
    keep(of_topic, message, to_string(table), waiting_reason(table), all_headers);
    if (is_streamed_change(event)) of_partition.position.watermark = watermark_of(event);
    return true;
}

// The whole table comes: what waits with it has nothing to say any more.
void DebeziumAssembler::follow_again(TopicState& of_topic, const Message& message) {
    const TableName& table = *of_topic.decoder.table();
    const std::string reason = waiting_reason(table);
    std::erase_if(batch_.quarantined, [&](const QuarantinedMessage& earlier) { return earlier.reason == reason; });
    batch_.superseded.push_back({of_topic.name, message.partition, message.offset, reason});
    waiting_tables_.erase(table);
    of_topic.waits = false;
    log::info("table {} comes by a new snapshot: it is followed again", to_string(table));
}

}  // namespace pintail::source
