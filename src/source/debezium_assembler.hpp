// Debezium messages → batches: order, re-deliveries, snapshots, key changes and quarantine (docs/correctness.md).
//
// Knows nothing of Kafka's client: KafkaSource feeds it records, ReplaySource a recorded file. Single-threaded.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/batch.hpp"
#include "core/recurrence.hpp"
#include "core/stored_state.hpp"
#include "source/quarantine_log.hpp"
#include "wire/debezium_decoder.hpp"

namespace pintail::source {

enum class OnError { quarantine, stop };

struct AssemblerOptions {
    std::shared_ptr<const wire::DebeziumOptions> debezium = std::make_shared<wire::DebeziumOptions>();
    OnError on_error = OnError::quarantine;
    // Which tables the sink takes; others are read over. Empty: all.
    std::function<bool(const TableName&)> wants_table;
    // Messages of the quarantine are decoded again (quarantine_replay.hpp): no position and no snapshot comes of them,
    // nothing comes of those that the table's last snapshot has overtaken, and those that can only be right at their
    // own place in the stream are an Error(data).
    bool replay = false;
    // They are all that waits of a table that was not followed (StoredTable::quarantined), in its order: then shapes,
    // TRUNCATE and snapshots come of them as in the stream.
    bool whole_table = false;
};

// What the stream held, for status and logs. Counters only grow.
struct AssemblerCounts {
    uint64_t messages = 0;
    uint64_t rows = 0;
    uint64_t duplicates = 0;  // re-deliveries recognised by the watermark
    uint64_t quarantined = 0;
    uint64_t ignored = 0;  // heartbeats, transaction metadata, logical messages, tombstones
};

class DebeziumAssembler {
public:
    DebeziumAssembler(AssemblerOptions options, const StoredState& state);
    ~DebeziumAssembler();

    // Announces a topic before its first message: how many partitions it has decides how far order can be trusted.
    void expect_topic(const std::string& topic, int32_t partitions);

    // By which id the broker knows the topic that messages come from: from here on positions are stored with it.
    void identify_topic(const std::string& topic, const std::string& id);

    // Those with a new position in the pending batch.
    std::vector<std::string> moved_topics() const;

    // Its messages named a table that the sink leaves out: it keeps no position.
    bool leaves_out(const std::string& topic) const;

    // The topic is read from its beginning, as if for the first time: what is in quarantine of it will come again. A
    // batch that says so is due at once, so that it lasts although the topic may be empty.
    void forget_topic(const std::string& topic);

    enum class Taken {
        yes,
        close_first  // the message begins a new shape of a table that the batch already changes: take the batch
    };
    // `all_headers` is called only when the message goes to quarantine.
    Taken add(const wire::Message& message, const std::function<std::string()>& all_headers);

    // Nothing but transaction markers lies between the partition's last record and `offset`: the position of a batch
    // that moved the partition may stand there.
    void reached_end(std::string_view topic, int32_t partition, int64_t offset);

    // Says what is due in the log; to be called every few seconds.
    void tell_log() { quarantine_log_.tell(std::chrono::steady_clock::now()); }

    const Batch& pending() const { return batch_; }
    // No message since the last take(), and nothing forgotten.
    bool empty() const { return batch_.source_bytes == 0 && batch_.superseded.empty(); }

    // The batch so far, with the position it leads to. A remove whose key change is not complete yet is not in it,
    // and the position stays before that message: no batch ends between the two halves of a key change.
    Batch take();

    const AssemblerCounts& counts() const { return counts_; }

private:
    struct PartitionState;
    struct TopicState;
    struct SnapshotState {
        std::optional<uint64_t> lsn;
        bool open = false;
    };
    using Headers = std::function<std::string()>;

    TopicState& topic(std::string_view name);
    PartitionState& partition(TopicState& topic, int32_t number);
    RowBatch* open_rows(TopicState& topic);
    Taken complete_held(TopicState& topic, PartitionState& partition);
    Taken consume(TopicState& topic, PartitionState& partition, const wire::Message& message,
                  const Headers& all_headers);
    Taken decode(TopicState& topic, PartitionState& partition, const wire::Message& message);
    std::optional<wire::DebeziumDecoder::Outcome> decode_wanted(TopicState& of_topic, const wire::Message& message,
                                                                RowBatch* rows, bool expect_key_change,
                                                                wire::Event& event);
    void warn_of_losses(const TableSchema& schema);
    // false: the message must be decoded again, behind the step that was put in front of it.
    bool apply(TopicState& topic, PartitionState& partition, const wire::Message& message, const wire::Event& event,
               RowBatch* rows, size_t rows_before);
    bool wanted(TopicState& topic);
    static void show_guesses(TopicState& topic);
    void refuse_other_shape(const TopicState& topic, RowBatch& rows, size_t rows_before) const;
    void supersede(const TopicState& topic, const wire::Message& message);
    static bool is_in_snapshot(const TopicState& topic, const wire::Event& event);
    void unblock(const std::string& topic, SupersededMessages superseded);
    std::shared_ptr<const TableSchema> known_schema(const TopicState& topic) const;
    std::optional<Step> snapshot_step(TopicState& topic, const wire::Event& event);
    bool is_redelivery(const PartitionState& partition, const wire::Event& event) const;
    void note_redelivery(const TopicState& topic, const wire::Message& message, const wire::Event& event,
                         const Watermark& mark);
    void link_key_change(TopicState& topic, PartitionState& partition, const wire::Event& event, RowBatch& rows);
    void push_barrier(TopicState& topic, Step step);
    void keep(const TopicState& topic, const wire::Message& message, const std::string& table,
              const std::string& reason, const Headers& all_headers);
    void quarantine(TopicState& topic, PartitionState& partition, const wire::Message& message,
                    const std::string& reason, const Headers& all_headers);
    bool waits_with_table(TopicState& topic, PartitionState& partition, const wire::Message& message,
                          const Headers& all_headers);
    bool is_new_snapshot(const TopicState& topic, const wire::Event& event) const;
    void follow_again(TopicState& topic, const wire::Message& message);
    bool blocked(const wire::Message& message) const;
    static bool waits_for_removal(PartitionState& partition, const wire::Message& message);
    void moved(const TopicState& topic, PartitionState& partition, const wire::Message& message);

    AssemblerOptions options_;
    std::map<std::string, TopicState, std::less<>> topics_;
    TopicState* last_topic_ = nullptr;  // messages come in runs of one topic
    std::map<TableName, SnapshotState> snapshots_;
    std::map<TableName, std::shared_ptr<const TableSchema>> stored_schemas_;  // of the target, at start
    std::set<std::pair<std::string, std::string>> blocked_keys_;              // topic, key bytes
    std::set<TableName> waiting_tables_;                                      // StoredTable::quarantined
    Batch batch_;
    AssemblerCounts counts_;
    Recurrence redeliveries_;
    QuarantineLog quarantine_log_;
    std::set<std::tuple<TableName, std::string, std::string_view>> warned_losses_;  // table, column, what was said
};

// Recognises a record: what the target stores to notice a topic that was deleted and made anew.
uint64_t record_fingerprint(const wire::Message& message);

}  // namespace pintail::source
