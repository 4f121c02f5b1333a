// The two halves of a key change: a remove that waits for its insert (docs/correctness.md, rule 5).

#include <utility>

#include "log/log.hpp"
#include "source/debezium_assembler_state.hpp"

namespace pintail::source {

using wire::Event;
using wire::Message;

DebeziumAssembler::Taken DebeziumAssembler::complete_held(TopicState& of_topic, PartitionState& of_partition) {
    const Message message = of_partition.held->view();
    of_partition.completing = true;
    const Taken taken = consume(of_topic, of_partition, message, [&] { return of_partition.held->headers_json(); });
    of_partition.completing = false;
    if (taken == Taken::yes) of_partition.held.reset();
    return taken;
}

void DebeziumAssembler::link_key_change(TopicState& of_topic, PartitionState& of_partition, const Event& event,
                                        RowBatch& rows) {
    const auto row = static_cast<uint32_t>(rows.rows() - 1);
    if (of_partition.removed_row && event.rows_appended == 1) {
        rows.key_changes.push_back({row, *of_partition.removed_row});
        of_partition.removed_row.reset();
        return;
    }
    log::debug("{}: a key change whose removed row lies in another partition", of_topic.name);
}

// The second half of a key change whose first waits in quarantine; only tombstones may lie between them.
bool DebeziumAssembler::waits_for_removal(PartitionState& of_partition, const Message& message) {
    if (!message.value) return false;
    return std::exchange(of_partition.removal_waits, false) && message.headers &&
           message.headers->find("__debezium.oldkey");
}

}  // namespace pintail::source
