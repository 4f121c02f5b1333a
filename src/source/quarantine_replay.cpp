#include "source/quarantine_replay.hpp"

#include <algorithm>
#include <map>

#include "core/error.hpp"
#include "source/held_message.hpp"

namespace pintail::source {
namespace {

// Positions, snapshots and blocked keys are the stream's: a replay knows the tables' shapes only.
StoredState shapes_of(const StoredState& state) {
    StoredState shapes;
    shapes.target_uuid = state.target_uuid;
    shapes.tables = state.tables;
    for (StoredTable& table : shapes.tables) table.quarantined.clear();
    return shapes;
}

AssemblerOptions for_replay(AssemblerOptions options) {
    options.on_error = OnError::stop;
    options.replay = true;
    return options;
}

// Faults of the message itself; an older history of the source is one, too.
bool is_the_messages(const Error& problem) {
    return problem.kind() == ErrorKind::data || (problem.kind() == ErrorKind::source && !problem.transient());
}

}  // namespace

QuarantineReplay::QuarantineReplay(const AssemblerOptions& options, const StoredState& state)
    : assembler_(for_replay(options), shapes_of(state)) {
    const auto* position = std::get_if<KafkaPosition>(&state.position);
    if (position == nullptr || !options.whole_table) return;
    // As in the stream, order is trusted as far as there is one partition.
    std::map<std::string, int32_t> partitions;
    for (const PartitionPosition& one : position->partitions)
        assembler_.expect_topic(one.topic, partitions[one.topic] = std::max(partitions[one.topic], one.partition + 1));
}

std::vector<Batch> QuarantineReplay::replay(const std::vector<QuarantinedMessage>& messages) {
    constexpr size_t kBatchBytes = 32 << 20;
    for (const QuarantinedMessage& message : messages) {
        if (!add(message)) continue;
        released_.push_back(message.id);
        if (assembler_.pending().memory_bytes() >= kBatchBytes) close_batch();
    }
    close_batch();
    return std::exchange(batches_, {});
}

// false: it stays.
bool QuarantineReplay::add(const QuarantinedMessage& message) {
    if (message.topic.empty()) {
        failures_.push_back(
            {message.id,
             "is a row that the target could not complete, not a message: it comes right with the row's next full "
             "version (or a new snapshot of the table), and can be dropped then"});
        return false;
    }
    const Key key{message.topic, message.key.value_or("")};
    if (message.key && waiting_.contains(key)) return false;
    const HeldMessage held(message);
    try {
        while (assembler_.add(held.view(), [&] { return message.headers_json; }) ==
               DebeziumAssembler::Taken::close_first)
            close_batch();
        return true;
    } catch (const Error& problem) {
        if (!is_the_messages(problem)) throw;
        failures_.push_back({message.id, problem.what()});
        if (message.key) waiting_.insert(key);
        return false;
    }
}

void QuarantineReplay::close_batch() {
    Batch batch = assembler_.take();
    batch.position = std::monostate{};
    batch.released = std::exchange(released_, {});
    if (!batch.empty()) batches_.push_back(std::move(batch));
}

}  // namespace pintail::source
