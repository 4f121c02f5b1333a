// KafkaSource: which partitions are read, and whether their topics are those that the target was loaded from.
#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "log/log.hpp"
#include "source/kafka_source.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

[[noreturn]] void refuse_other_topic(const kafka::PartitionId& id, int64_t offset) {
    throw Error(
        ErrorKind::source,
        fmt::format(
            "{} [{}]: the record at offset {} is not the one that the target was loaded from: the "
            "topic was deleted and made anew. When its new content begins with a snapshot, start with --reset-topic {}",
            id.topic, id.partition, offset, id.topic));
}

[[noreturn]] void refuse_other_id(const std::string& topic, const kafka::TopicId& known, const kafka::TopicId& now) {
    throw Error(
        ErrorKind::source,
        fmt::format(
            "{}: the target was loaded from the topic with id {}, the broker has one with id {}: the "
            "topic was deleted and made anew. When its new content begins with a snapshot, start with --reset-topic {}",
            topic, known, now, topic));
}

bool is_internal(const std::string& topic) {
    return topic.starts_with("__");
}

}  // namespace

bool KafkaSource::find_partitions(const Topics& topics, milliseconds timeout) {
    const size_t before = streams_.size();
    std::vector<kafka::PartitionId> found;
    std::vector<std::string> names;
    for (const auto& [topic, partitions] : topics) {
        if (is_internal(topic) || !options_.topics.matches(topic)) continue;
        assembler_->expect_topic(topic, partitions);
        names.push_back(topic);
        for (int32_t number = 0; number < partitions; ++number) {
            if (!streams_.contains({topic, number})) found.push_back({topic, number});
        }
    }
    for (const std::string& name : options_.topics.literal_names()) {
        if (!topics.contains(name) && options_.until_end) {
            throw Error(ErrorKind::source, fmt::format("no such topic: {} (pintail topics lists what there is)", name));
        }
    }
    check_ids(names, timeout);
    if (!found.empty()) refuse_foreign_group(found);
    for (const auto& id : found) add_stream(id);
    return streams_.size() > before;
}

// An id is never given twice: whatever was fetched before the answer came from the topic that it names.
void KafkaSource::check_ids(const std::vector<std::string>& topics, milliseconds timeout) {
    for (const auto& [topic, id] : consumer_->topic_ids(topics, timeout)) check_id(topic, id);
}

void KafkaSource::check_id(const std::string& topic, const kafka::TopicId& id) {
    kafka::TopicId& known = topic_ids_[topic];
    if (id.empty() || id == known) return;
    if (!known.empty() && holds(topic)) refuse_other_id(topic, known, id);
    known = id;
    assembler_->identify_topic(topic, id);
}

// Records of it were read and count.
bool KafkaSource::holds(const std::string& topic) const {
    if (assembler_->leaves_out(topic)) return false;
    return std::any_of(streams_.begin(), streams_.end(),
                       [&](const auto& entry) { return entry.first.topic == topic && entry.second.next_offset > 0; });
}

void KafkaSource::refuse_foreign_group(const std::vector<kafka::PartitionId>& ids) {
    for (const auto& committed : consumer_->committed(ids, kStartTimeout)) {
        if (committed.metadata.empty() || committed.metadata == target_uuid_) continue;
        throw Error(
            ErrorKind::source,
            fmt::format("consumer group '{}' already serves another target (it committed {} [{}] at offset {}). "
                        "One group is one target: give this sink its own --group",
                        options_.consumer.group, committed.id.topic, committed.id.partition, committed.next_offset));
    }
}

void KafkaSource::add_stream(const kafka::PartitionId& id) {
    Stream stream{id};
    if (const auto known = stored_.find(id); known != stored_.end()) {
        stream.next_offset = known->second.next_offset;
        if (known->second.last_offset >= 0) stream.expected = known->second.last_record_hash;
        // The target's word counts, also where the broker tells no id (any more).
        kafka::TopicId& id_now = topic_ids_[id.topic];
        if (id_now.empty()) id_now = known->second.topic_id;
        else if (!known->second.topic_id.empty() && id_now != known->second.topic_id)
            refuse_other_id(id.topic, known->second.topic_id, id_now);
    }
    const auto range = consumer_->offsets(id, kStartTimeout);
    if (options_.until_end) stream.end_at_start = range.high;
    if (stored_.contains(id)) check_offsets(stream);
    // A record that retention has removed cannot be compared any more.
    if (stream.expected && stored_[id].last_offset < range.low) stream.expected.reset();
    log::info("reading {} [{}] from offset {}", id.topic, id.partition,
              stored_.contains(id) ? stream.next_offset : range.low);
    streams_.emplace(id, std::move(stream));
}

void KafkaSource::check_offsets(const Stream& stream) {
    const auto range = consumer_->offsets(stream.id, kStartTimeout);
    if (stream.next_offset > range.high) {
        throw Error(ErrorKind::source,
                    fmt::format("{} [{}] ends at offset {}, but the target already holds it up to {}: the topic was "
                                "deleted and made anew. When its new content begins with a snapshot, start with "
                                "--reset-topic {}",
                                stream.id.topic, stream.id.partition, range.high, stream.next_offset, stream.id.topic));
    }
    if (stream.next_offset < range.low) {
        throw Error(
            ErrorKind::source,
            fmt::format("{} [{}] begins at offset {}, but the target needs {}: the broker's retention removed {} "
                        "records that were never read. Let the connector snapshot the table again, then start "
                        "with --reset-topic {}",
                        stream.id.topic, stream.id.partition, range.low, stream.next_offset,
                        range.low - stream.next_offset, stream.id.topic));
    }
}

// Why the broker does not have the offset to go on from: made anew, or shortened by retention?
void KafkaSource::explain_gap(const Stream& stream, const std::string& problem) {
    check_ids({stream.id.topic}, kStartTimeout);
    check_offsets(stream);
    throw Error(ErrorKind::source,
                fmt::format("{} [{}]: offset {}, to go on from, is gone: {}. The topic was made anew, or lost records "
                            "that were never read. Let "
                            "the connector snapshot the table again, then start with --reset-topic {}",
                            stream.id.topic, stream.id.partition, stream.next_offset, problem, stream.id.topic));
}

void KafkaSource::check_first_record(Stream& stream, const wire::Message& message) {
    if (message.offset != stored_.at(stream.id).last_offset) return last_record_is_missing(stream);
    const uint64_t expected = *std::exchange(stream.expected, std::nullopt);
    if (record_fingerprint(message) != expected) refuse_other_topic(stream.id, message.offset);
}

// Only compaction removes a record from the middle of a topic. Elsewhere its offset holds something that is never
// handed out, such as the end of a transaction of another topic with the same name.
void KafkaSource::last_record_is_missing(Stream& stream) {
    stream.expected.reset();
    const int64_t offset = stored_.at(stream.id).last_offset;
    const auto compacts = consumer_->compacts(stream.id.topic, kStartTimeout);
    if (compacts == false) refuse_other_topic(stream.id, offset);
    if (!compacts) {
        log::warn(
            "{} [{}]: the record at offset {}, which the target has, is not there, and the broker does not tell "
            "whether it compacts "
            "the topic (DescribeConfigs): going on as if it did",
            stream.id.topic, stream.id.partition, offset);
    }
}

}  // namespace pintail::source
