// A Kafka consumer with manual assignment: RAII over librdkafka
// (https://docs.confluent.io/platform/current/clients/librdkafka/html/rdkafka_8h.html).
//
// The target remembers positions, so there is no rebalancing here: partitions are assigned with explicit offsets and
// the group's committed offsets are written for lag monitors only. Reads committed transactions only.
// One thread uses a Consumer; librdkafka's own threads fetch beside it. Errors: Error(source).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kafka/topic_ids.hpp"

namespace pintail::kafka {

struct ConsumerOptions {
    std::string brokers;
    std::string group = "pintail";
    std::map<std::string, std::string> properties;  // librdkafka's own settings, applied last
    size_t fetch_queue_bytes = 24 << 20;            // records fetched ahead; part of the process's memory budget
    // So long the broker keeps a question for records open while there is none: so late a partition's end is seen.
    std::chrono::milliseconds fetch_wait{500};
};

struct PartitionId {
    std::string topic;
    int32_t partition = 0;

    auto operator<=>(const PartitionId&) const = default;
};

struct PartitionStart {
    PartitionId id;
    int64_t offset = 0;  // kBeginning or the first offset to read
};

inline constexpr int64_t kBeginning = -2;  // RD_KAFKA_OFFSET_BEGINNING

struct OffsetRange {
    int64_t low = 0;   // first offset that the broker still has
    int64_t high = 0;  // offset of the next record to be written
};

struct CommittedOffset {
    PartitionId id;
    int64_t next_offset = 0;
    std::string metadata;
};

// One fetched record; borrowed by the caller of poll() until the Record is destroyed.
class Record {
public:
    explicit Record(void* rd_kafka_message) : message_(rd_kafka_message) {}
    Record(Record&& other) noexcept : message_(std::exchange(other.message_, nullptr)) {}
    Record& operator=(Record&& other) noexcept {
        std::swap(message_, other.message_);
        return *this;
    }
    ~Record();

    std::string_view topic() const;
    const void* topic_handle() const;  // equal for records of one topic: a cheap key for look-ups
    int32_t partition() const;
    int64_t offset() const;
    int64_t timestamp_ms() const;
    std::optional<std::string_view> key() const;
    std::optional<std::string_view> value() const;
    std::optional<std::string_view> header(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> headers() const;

    bool is_partition_end() const;  // no record: the end of the partition was reached at offset()
    std::string problem() const;    // no record: what librdkafka says; empty for records and partition ends
    bool out_of_range() const;      // the problem: the offset asked for does not exist (any more)

private:
    void* message_;
};

class Consumer {
public:
    explicit Consumer(const ConsumerOptions& options);
    ~Consumer();
    Consumer(const Consumer&) = delete;
    Consumer& operator=(const Consumer&) = delete;

    // Topic → number of partitions, of all topics. Throws a transient Error when no broker answers in time.
    std::map<std::string, int32_t> topics(std::chrono::milliseconds timeout);
    OffsetRange offsets(const PartitionId& id, std::chrono::milliseconds timeout);
    // See topic_ids.hpp. That no broker answers is noticed for away().
    std::map<std::string, TopicId> topic_ids(const std::vector<std::string>& topics, std::chrono::milliseconds timeout);
    // Does the broker remove records from the middle of the topic (cleanup.policy)? nullopt: it does not tell.
    std::optional<bool> compacts(const std::string& topic, std::chrono::milliseconds timeout);
    // As of the last fetch, without asking the broker; nullopt before the first.
    std::optional<OffsetRange> cached_offsets(const PartitionId& id) const;

    // Replaces the assignment; everything fetched ahead is dropped and fetched again.
    void assign(const std::vector<PartitionStart>& partitions);

    // Waits up to `timeout` for a first record, then takes what else is there at once, up to `most`.
    std::vector<Record>& poll(std::chrono::milliseconds timeout, size_t most);

    // Why no broker can be reached: it was noticed while fetching, or topics() or topic_ids() found none for a while.
    // Records that were fetched before still come; a call of one of them that succeeds ends it.
    std::optional<std::string> away() const;

    // Whoever waits for brokers that are away calls this now and then. true: the client was made anew, and everything
    // is to be assigned again. librdkafka forgets all brokers, those of `brokers` too, when one that has just come back
    // and is not yet admitted to its cluster answers with an empty list of them; such a client never looks for one
    // again (its issue 5301).
    bool renew_if_stuck();

    std::vector<CommittedOffset> committed(const std::vector<PartitionId>& ids, std::chrono::milliseconds timeout);
    // Failures are logged only, nothing depends on it. `wait`: until the broker has answered.
    void commit(const std::vector<CommittedOffset>& offsets, bool wait);

private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
    std::vector<Record> records_;
};

}  // namespace pintail::kafka
