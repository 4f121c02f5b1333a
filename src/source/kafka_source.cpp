#include "source/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "log/log.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kStartTimeout{10'000};   // a broker that answers later than this is called unreachable
constexpr milliseconds kRefreshTimeout{1'000};  // the loop goes on without the answer
constexpr milliseconds kLookAround{3'000};      // how soon a new topic joins, and a broker's return is noticed
constexpr milliseconds kCommitOffsets{1'000};   // for the eyes of lag monitors
constexpr milliseconds kIdleLinger{4};          // gathers a burst when the loader waits; part of the latency
constexpr int64_t kFarBehind = 20'000;          // records: from here on throughput counts, not latency
constexpr size_t kRecordsPerPoll = 4096;

class RecordHeaders : public wire::HeaderLookup {
public:
    explicit RecordHeaders(const kafka::Record& record) : record_(record) {}
    std::optional<std::string_view> find(std::string_view name) const override { return record_.header(name); }

private:
    const kafka::Record& record_;
};

std::string headers_as_json(const kafka::Record& record) {
    auto all = nlohmann::json::array();
    for (const auto& [name, value] : record.headers()) all.push_back({name, value});
    return all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

[[noreturn]] void refuse_other_topic(const kafka::PartitionId& id, int64_t offset) {
    throw Error(ErrorKind::source,
                fmt::format("{} [{}]: the record at offset {} is not the one that the target was loaded from: the "
                            "topic was deleted and made anew. "
                            "When its new content begins with a snapshot, start with --reset-topic {}",
                            id.topic, id.partition, offset, id.topic));
}

[[noreturn]] void refuse_other_id(const std::string& topic, const kafka::TopicId& known, const kafka::TopicId& now) {
    throw Error(ErrorKind::source,
                fmt::format("{}: the target was loaded from the topic with id {}, the broker has one with id {}: the "
                            "topic was deleted and made "
                            "anew. When its new content begins with a snapshot, start with --reset-topic {}",
                            topic, known, now, topic));
}

bool is_internal(const std::string& topic) {
    return topic.starts_with("__");
}

}  // namespace

struct KafkaSource::Stream {
    kafka::PartitionId id;
    int64_t next_offset = 0;           // to be read
    int64_t end_at_start = -1;         // --until end: where to stop
    bool at_end = false;               // --until end: reached
    std::optional<uint64_t> expected;  // fingerprint of the first record, when it is one that the target has
};

KafkaSource::KafkaSource(KafkaSourceOptions options) : options_(std::move(options)) {}

KafkaSource::~KafkaSource() {
    if (consumer_ && !uncommitted_.empty()) commit_offsets(true);
}

void KafkaSource::start(const StoredState& state) {
    remember(state);
    consumer_ = std::make_unique<kafka::Consumer>(options_.consumer);
    assembler_ = std::make_unique<DebeziumAssembler>(options_.assembler, state);
    for (const std::string& name : options_.reset_topics) assembler_->forget_topic(name);
    reset_pending_ = !options_.reset_topics.empty();
    if (find_partitions(consumer_->topics(kStartTimeout), kStartTimeout)) assign_all();
    next_look_ = Clock::now() + kLookAround;
    if (!streams_.empty()) return;
    const std::string nothing = fmt::format("no topic at {} matches '{}' (pintail topics lists what there is)",
                                            options_.consumer.brokers, options_.topics.text());
    if (options_.until_end) throw Error(ErrorKind::source, nothing);
    log::warn("{}; waiting for one to appear", nothing);
}

void KafkaSource::remember(const StoredState& state) {
    target_uuid_ = state.target_uuid;
    const auto* position = std::get_if<KafkaPosition>(&state.position);
    if (!position) return;
    for (const auto& partition : position->partitions) {
        // At 0 nothing of it is held: the beginning counts, wherever it is.
        if (partition.next_offset == 0 || options_.reset_topics.contains(partition.topic)) continue;
        stored_[{partition.topic, partition.partition}] = partition;
    }
}

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

void KafkaSource::assign_all() {
    std::vector<kafka::PartitionStart> starts;
    for (auto& [id, stream] : streams_) {
        const bool known = stored_.contains(id) || stream.next_offset > 0;
        // One record earlier, to compare it with what the target remembers.
        const int64_t from = stream.expected ? stored_.at(id).last_offset : stream.next_offset;
        starts.push_back({id, known ? from : kafka::kBeginning});
    }
    consumer_->assign(starts);
    records_ = nullptr;
    last_stream_ = nullptr;
}

// Every few seconds: what is due in the log, are there new topics or others of the same names, and does a broker answer
// (again)?
void KafkaSource::look_around() {
    if (Clock::now() < next_look_) return;
    next_look_ = Clock::now() + kLookAround;
    assembler_->tell_log();
    const bool finite = options_.until_end;  // reads what there was at its start
    if (finite && !consumer_->away()) return;
    // Reassigning drops what was fetched ahead: only between polls, when every record has been taken.
    try {
        const Topics topics = consumer_->topics(kRefreshTimeout);
        if (!finite && find_partitions(topics, kRefreshTimeout)) assign_all();
    } catch (const Error& problem) {
        if (!problem.transient()) throw;
        log::debug("looking for new topics: {}", problem.what());
        if (consumer_->renew_if_stuck()) assign_all();
    }
    next_look_ = Clock::now() + kLookAround;  // asking may have taken long
}

std::optional<Batch> KafkaSource::next(bool loader_idle, milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    // Also without a new commit of the loader: the last position before a pause must reach the monitors, too.
    if (!uncommitted_.empty() && Clock::now() >= next_commit_) commit_offsets(false);
    for (;;) {
        if (is_due(loader_idle)) return hand_over();
        const auto now = Clock::now();
        if (now >= deadline || finished()) return std::nullopt;
        look_around();
        // Rounded up: a wait of 0 would spin until the deadline.
        auto wait = std::chrono::ceil<milliseconds>(deadline - now);
        if (!assembler_->empty()) wait = std::min(wait, milliseconds{1});
        records_ = &consumer_->poll(wait, kRecordsPerPoll);
        next_record_ = 0;
        publish_progress();
    }
}

bool KafkaSource::is_due(bool loader_idle) {
    if (due_ || drain_records()) return true;
    return (finished() && !assembler_->empty()) || ripe(loader_idle);
}

// nullopt: not yet.
std::optional<Batch> KafkaSource::hand_over() {
    due_ = !confirm_topics();
    if (due_) return std::nullopt;
    Batch batch = assembler_->take();
    if (std::exchange(reset_pending_, false)) batch.committed = options_.reset_stored;
    return batch;
}

// Rows of a topic that was made anew must not be committed at the place of the old one. So the broker is asked after
// the batch's last record was fetched. false: none answers, and the batch waits.
bool KafkaSource::confirm_topics() {
    std::vector<std::string> names = assembler_->moved_topics();
    // Without an id there is nothing to compare.
    std::erase_if(names, [&](const std::string& name) { return topic_ids_[name].empty(); });
    try {
        check_ids(names, kRefreshTimeout);
        return true;
    } catch (const Error& problem) {
        if (!problem.transient()) throw;
        log::debug("before a batch: {}", problem.what());
        if (consumer_->renew_if_stuck()) assign_all();
        return false;
    }
}

// Feeds what the last poll brought. true: the batch must be handed over first.
bool KafkaSource::drain_records() {
    if (!records_) return false;
    while (next_record_ < records_->size()) {
        if (!take_record((*records_)[next_record_])) return true;
        ++next_record_;
        // Bytes are dearer to count than rows.
        if (assembler_->pending().rows >= options_.limits.rows) return true;
        if (next_record_ % 256 == 0 && over_limits()) return true;
    }
    return over_limits();
}

bool KafkaSource::take_record(const kafka::Record& record) {
    if (const std::string problem = record.problem(); !problem.empty()) {
        const auto found = streams_.find({std::string(record.topic()), record.partition()});
        if (record.out_of_range() && found != streams_.end()) explain_gap(found->second, problem);
        log::warn("Kafka: {}", problem);
        next_look_ = {};  // the topic may be another one
        return true;
    }
    if (!last_stream_ || last_stream_->id.partition != record.partition() || last_stream_->id.topic != record.topic()) {
        const auto found = streams_.find({std::string(record.topic()), record.partition()});
        if (found == streams_.end()) return true;
        last_stream_ = &found->second;
    }
    Stream& stream = *last_stream_;
    if (record.is_partition_end()) {
        if (stream.expected) last_record_is_missing(stream);
        stream.next_offset = std::max(stream.next_offset, record.offset());
        stream.at_end = true;
        assembler_->reached_end(record.topic(), record.partition(), record.offset());
        return true;
    }
    const RecordHeaders headers(record);
    const wire::Message message{record.topic(), record.partition(), record.offset(), record.timestamp_ms(),
                                record.key(),   record.value(),     &headers};
    if (stream.expected) check_first_record(stream, message);
    if (stream.end_at_start >= 0 && message.offset >= stream.end_at_start) {
        stream.at_end = true;
        return true;
    }
    if (assembler_->add(message, [&] { return headers_as_json(record); }) == DebeziumAssembler::Taken::close_first) {
        return false;
    }
    stream.next_offset = message.offset + 1;
    if (stream.next_offset == stream.end_at_start) stream.at_end = true;
    return true;
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

bool KafkaSource::over_limits() const {
    const Batch& pending = assembler_->pending();
    return pending.rows >= options_.limits.rows || pending.memory_bytes() >= options_.limits.bytes;
}

bool KafkaSource::ripe(bool loader_idle) const {
    if (assembler_->empty()) return false;
    const auto age = Clock::now() - assembler_->pending().oldest;
    return loader_idle && age >= kIdleLinger && (age >= options_.limits.age || lag() < kFarBehind);
}

int64_t KafkaSource::lag() const {
    int64_t behind = 0;
    for (const auto& [id, stream] : streams_) {
        if (const auto range = consumer_->cached_offsets(id))
            behind += std::max<int64_t>(0, range->high - stream.next_offset);
    }
    return behind;
}

void KafkaSource::acknowledge(const Position& position) {
    const auto* reached = std::get_if<KafkaPosition>(&position);
    if (!reached) return;
    for (const auto& partition : reached->partitions)
        uncommitted_[{partition.topic, partition.partition}] = partition.next_offset;
}

void KafkaSource::commit_offsets(bool wait) {
    std::vector<kafka::CommittedOffset> offsets;
    for (const auto& [id, next_offset] : uncommitted_) offsets.push_back({id, next_offset, target_uuid_});
    consumer_->commit(offsets, wait);
    uncommitted_.clear();
    next_commit_ = Clock::now() + kCommitOffsets;
}

bool KafkaSource::finished() const {
    if (!options_.until_end || due_) return false;
    return std::all_of(streams_.begin(), streams_.end(), [](const auto& entry) { return entry.second.at_end; });
}

std::optional<std::string> KafkaSource::away() const {
    return consumer_ ? consumer_->away() : std::nullopt;
}

void KafkaSource::publish_progress() {
    std::vector<StreamProgress> now;
    for (const auto& [id, stream] : streams_) {
        const auto range = consumer_->cached_offsets(id);
        now.push_back({fmt::format("{}[{}]", id.topic, id.partition), stream.next_offset,
                       std::max(range ? range->high : 0, stream.next_offset)});
    }
    const std::lock_guard lock(progress_mutex_);
    progress_ = std::move(now);
}

std::vector<StreamProgress> KafkaSource::progress() const {
    const std::lock_guard lock(progress_mutex_);
    return progress_;
}

}  // namespace pintail::source
