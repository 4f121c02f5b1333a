#include "source/kafka_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "log/log.hpp"

namespace pintail::source {
namespace {

using std::chrono::milliseconds;

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

}  // namespace

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
    note_unended_transactions();
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

// A producer that lives ends or times out; what a broker has lost sight of stays for ever (docs/debezium.md).
void KafkaSource::note_unended_transactions() {
    for (auto& [id, stream] : streams_) {
        const auto range = consumer_->cached_offsets(id);
        const auto since =
            range ? stream.unended.in_the_way(stream.next_offset, range->high, Clock::now()) : std::nullopt;
        if (!since) {
            stream.held_up.clear();
            continue;
        }
        if (!stream.held_up.empty()) continue;
        stream.held_up = fmt::format(
            "{} [{}]: a transaction that has begun before offset {} and does not end; only committed records are read. "
            "Where its producer is gone: kafka-transactions.sh find-hanging --broker-id N, then abort",
            id.topic, id.partition, range->high);
        log::warn("held up by {}", stream.held_up);
    }
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
        stream.unended.saw_end(stream.next_offset);
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
        now.push_back({.name = fmt::format("{}[{}]", id.topic, id.partition),
                       .read = stream.next_offset,
                       .end = std::max(range ? range->high : 0, stream.next_offset),
                       .held_up = stream.held_up.empty() ? std::vector<std::string>() : std::vector{stream.held_up}});
    }
    const std::lock_guard lock(progress_mutex_);
    progress_ = std::move(now);
}

std::vector<StreamProgress> KafkaSource::progress() const {
    const std::lock_guard lock(progress_mutex_);
    return progress_;
}

}  // namespace pintail::source
