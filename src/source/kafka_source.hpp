// Debezium topics on Kafka as a Source.
//
// Positions come from the target, never from the group, and hold for one topic: a topic that was deleted and made anew
// is refused. The broker's topic ids are compared at start, before every batch and every few seconds; and at start the
// last stored record of every partition is read again, for brokers without ids.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/source.hpp"
#include "kafka/consumer.hpp"
#include "source/debezium_assembler.hpp"
#include "source/topic_pattern.hpp"
#include "source/unended_transaction.hpp"

namespace pintail::source {

struct KafkaSourceOptions {
    kafka::ConsumerOptions consumer;
    TopicPattern topics{"*"};
    AssemblerOptions assembler;
    BatchLimits limits;
    bool until_end = false;              // stop at what the topics hold at start
    std::set<std::string> reset_topics;  // forget what is stored about these and read them from the beginning
    std::function<void()> reset_stored;  // the target has forgotten it; any thread
};

class KafkaSource : public Source {
public:
    explicit KafkaSource(KafkaSourceOptions options);
    ~KafkaSource() override;

    void start(const StoredState& state) override;
    std::optional<Batch> next(bool loader_idle, std::chrono::milliseconds patience) override;
    void acknowledge(const Position& position) override;
    bool finished() const override;
    std::optional<std::string> away() const override;
    std::vector<StreamProgress> progress() const override;

private:
    using Clock = std::chrono::steady_clock;
    using Topics = std::map<std::string, int32_t>;  // with their number of partitions

    // A broker that answers later than this at the start is called unreachable.
    static constexpr std::chrono::milliseconds kStartTimeout{10'000};

    struct Stream {
        kafka::PartitionId id;
        int64_t next_offset = 0;           // to be read
        int64_t end_at_start = -1;         // --until end: where to stop
        bool at_end = false;               // --until end: reached
        std::optional<uint64_t> expected;  // fingerprint of the first record, when it is one that the target has
        UnendedTransaction unended;
        std::string held_up;  // by one, as a sentence
    };

    void remember(const StoredState& state);
    void refuse_foreign_group(const std::vector<kafka::PartitionId>& ids);
    // Adds the partitions of matching topics that are not read yet. true: there were some.
    bool find_partitions(const Topics& topics, std::chrono::milliseconds timeout);
    void check_ids(const std::vector<std::string>& topics, std::chrono::milliseconds timeout);
    void check_id(const std::string& topic, const kafka::TopicId& id);
    bool holds(const std::string& topic) const;
    void add_stream(const kafka::PartitionId& id);
    void check_offsets(const Stream& stream);
    [[noreturn]] void explain_gap(const Stream& stream, const std::string& problem);
    void assign_all();
    void look_around();
    bool drain_records();
    bool is_due(bool loader_idle);
    std::optional<Batch> hand_over();
    bool confirm_topics();
    bool take_record(const kafka::Record& record);
    void check_first_record(Stream& stream, const wire::Message& message);
    void last_record_is_missing(Stream& stream);
    bool over_limits() const;
    bool ripe(bool loader_idle) const;
    int64_t lag() const;
    void note_unended_transactions();
    void publish_progress();
    void commit_offsets(bool wait);

    KafkaSourceOptions options_;
    std::string target_uuid_;
    std::map<kafka::PartitionId, PartitionPosition> stored_;
    std::map<std::string, kafka::TopicId> topic_ids_;  // of the topics that are read; empty: not known
    std::unique_ptr<kafka::Consumer> consumer_;
    std::unique_ptr<DebeziumAssembler> assembler_;
    std::map<kafka::PartitionId, Stream> streams_;
    Stream* last_stream_ = nullptr;
    std::vector<kafka::Record>* records_ = nullptr;  // of the last poll
    size_t next_record_ = 0;
    bool reset_pending_ = false;  // the next batch stores what reset_topics has changed
    bool due_ = false;            // the batch takes no more: it waits for confirm_topics()
    Clock::time_point next_look_{};
    Clock::time_point next_commit_{};
    std::map<kafka::PartitionId, int64_t> uncommitted_;
    mutable std::mutex progress_mutex_;
    std::vector<StreamProgress> progress_;
};

}  // namespace pintail::source
