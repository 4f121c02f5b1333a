#include "source/debezium_assembler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "log/log.hpp"
#include "source/debezium_assembler_state.hpp"
#include "wire/debezium_loss.hpp"

namespace pintail::source {
namespace {

using wire::Event;
using wire::EventKind;
using wire::Message;
using wire::SnapshotMark;

// A watermark that falls back while the source's clock goes on is another history, not a re-delivery.
constexpr int64_t kOtherHistoryMs = 60'000;

bool is_before(const Event& event, const Watermark& mark) {
    const uint64_t commit = *event.last_commit_lsn;
    return commit != mark.last_commit_lsn ? commit < mark.last_commit_lsn : event.lsn.value_or(0) < mark.lsn;
}

}  // namespace

uint64_t record_fingerprint(const Message& message) {
    // The tail of a Debezium value holds its timestamps: enough to tell two histories of one topic apart, at a cost
    // that does not show per record.
    constexpr size_t kTailBytes = 64;
    constexpr uint64_t kPrime = 0x100000001b3;
    const std::string_view value = message.value.value_or(std::string_view());
    uint64_t hash = 0xcbf29ce484222325 ^ static_cast<uint64_t>(message.timestamp_ms);
    hash = (hash ^ value.size()) * kPrime;
    hash = (hash ^ message.key.value_or(std::string_view()).size()) * kPrime;
    const std::string_view tail = value.substr(value.size() - std::min(value.size(), kTailBytes));
    for (size_t at = 0; at < tail.size(); at += sizeof(uint64_t)) {
        uint64_t word = 0;
        std::memcpy(&word, tail.data() + at, std::min(sizeof(word), tail.size() - at));
        hash = (hash ^ word) * kPrime;
    }
    return hash;
}

DebeziumAssembler::DebeziumAssembler(AssemblerOptions options, const StoredState& state)
    : options_(std::move(options)) {
    if (const auto* stored = std::get_if<KafkaPosition>(&state.position)) {
        for (const PartitionPosition& position : stored->partitions) {
            partition(topic(position.topic), position.partition).position = position;
        }
    }
    for (const BlockedKey& key : state.blocked_keys) blocked_keys_.emplace(key.topic, key.key);
    if (!blocked_keys_.empty())
        log::warn("changes of {} wait behind messages in quarantine (pintail quarantine list)",
                  counted(blocked_keys_.size(), "key"));
    for (const StoredTable& table : state.tables) {
        snapshots_[table.schema->name] = {table.snapshot_lsn, table.snapshot_open};
        stored_schemas_[table.schema->name] = table.schema;
        if (table.quarantined.empty()) continue;
        waiting_tables_.insert(table.schema->name);
        log::warn("table {} is in quarantine, its changes wait there: {}", to_string(table.schema->name),
                  table.quarantined);
    }
}

DebeziumAssembler::~DebeziumAssembler() = default;

void DebeziumAssembler::expect_topic(const std::string& name, int32_t partitions) {
    topic(name).partition_count = partitions;
}

void DebeziumAssembler::identify_topic(const std::string& name, const std::string& id) {
    TopicState& of_topic = topic(name);
    of_topic.id = id;
    for (auto& [number, of_partition] : of_topic.partitions) of_partition.position.topic_id = id;
}

std::vector<std::string> DebeziumAssembler::moved_topics() const {
    std::vector<std::string> names;
    for (const auto& [name, of_topic] : topics_) {
        const auto& all = of_topic.partitions;
        if (std::any_of(all.begin(), all.end(), [](const auto& one) { return one.second.moved; }))
            names.push_back(name);
    }
    return names;
}

bool DebeziumAssembler::leaves_out(const std::string& name) const {
    const auto found = topics_.find(name);
    return found != topics_.end() && found->second.wanted == false;
}

DebeziumAssembler::TopicState& DebeziumAssembler::topic(std::string_view name) {
    if (last_topic_ && last_topic_->name == name) return *last_topic_;
    auto found = topics_.find(name);
    if (found == topics_.end()) {
        found = topics_
                    .emplace(std::piecewise_construct, std::forward_as_tuple(name),
                             std::forward_as_tuple(std::string(name), options_.debezium))
                    .first;
    }
    last_topic_ = &found->second;
    return *last_topic_;
}

DebeziumAssembler::PartitionState& DebeziumAssembler::partition(TopicState& of_topic, int32_t number) {
    const auto [found, is_new] = of_topic.partitions.try_emplace(number);
    if (is_new) {
        found->second.position.topic = of_topic.name;
        found->second.position.partition = number;
        found->second.position.topic_id = of_topic.id;
    }
    return found->second;
}

DebeziumAssembler::Taken DebeziumAssembler::add(const Message& message, const Headers& all_headers) {
    TopicState& of_topic = topic(message.topic);
    PartitionState& of_partition = partition(of_topic, message.partition);
    if (message.offset < of_partition.position.next_offset) return Taken::yes;
    if (of_partition.held) {
        if (!message.value) return Taken::yes;  // the removed row's tombstone
        if (complete_held(of_topic, of_partition) == Taken::close_first) return Taken::close_first;
    }
    const Taken taken = consume(of_topic, of_partition, message, all_headers);
    if (taken == Taken::yes && !of_partition.held) of_partition.removed_row.reset();
    return taken;
}

DebeziumAssembler::Taken DebeziumAssembler::consume(TopicState& of_topic, PartitionState& of_partition,
                                                    const Message& message, const Headers& all_headers) {
    try {
        if (!waiting_tables_.empty() && waits_with_table(of_topic, of_partition, message, all_headers)) {
        } else if (!blocked_keys_.empty() && (waits_for_removal(of_partition, message) || blocked(message))) {
            if (message.value)
                quarantine(of_topic, of_partition, message, "waits behind an earlier message of the same key",
                           all_headers);
        } else if (decode(of_topic, of_partition, message) == Taken::close_first) {
            return Taken::close_first;
        }
    } catch (const Error& problem) {
        if (problem.kind() != ErrorKind::data || options_.on_error == OnError::stop) {
            throw problem.in(fmt::format("{} [{}] offset {}", message.topic, message.partition, message.offset));
        }
        quarantine(of_topic, of_partition, message, problem.what(), all_headers);
    }
    if (!of_partition.held || of_partition.completing) moved(of_topic, of_partition, message);
    return Taken::yes;
}

// Once per column and encoding, in a run.
void DebeziumAssembler::warn_of_losses(const TableSchema& schema) {
    for (const ColumnSchema& column : schema.columns) {
        const std::string_view loss = wire::debezium_loss(column.source_type);
        if (loss.empty() || !warned_losses_.emplace(schema.name, column.name, loss).second) continue;
        log::warn("table {}, column {}: in Debezium's messages {}", to_string(schema.name), column.name, loss);
    }
}

// nullopt: the message cannot be decoded, and names a table that is left out.
std::optional<wire::DebeziumDecoder::Outcome> DebeziumAssembler::decode_wanted(TopicState& of_topic,
                                                                               const Message& message, RowBatch* rows,
                                                                               bool expect_key_change, Event& event) {
    try {
        return of_topic.decoder.decode(message, rows, expect_key_change, event);
    } catch (const Error&) {
        if (of_topic.decoder.table() && !wanted(of_topic)) return std::nullopt;
        throw;
    }
}

DebeziumAssembler::Taken DebeziumAssembler::decode(TopicState& of_topic, PartitionState& of_partition,
                                                   const Message& message) {
    if (of_topic.wanted == false) return Taken::yes;
    // With several partitions the removed row may lie anywhere: every insert is asked for its old key.
    const bool expect_key_change = of_partition.removed_row.has_value() || of_topic.partition_count > 1;
    Event event;
    for (;;) {
        RowBatch* rows = open_rows(of_topic);
        const size_t rows_before = rows ? rows->rows() : 0;
        const auto outcome = decode_wanted(of_topic, message, rows, expect_key_change, event);
        if (!outcome) return Taken::yes;
        if (*outcome == wire::DebeziumDecoder::Outcome::shape_changed) {
            if (!wanted(of_topic)) return Taken::yes;
            show_guesses(of_topic);
            if (of_topic.changed_in_batch) return Taken::close_first;
            warn_of_losses(*of_topic.decoder.schema());
            of_topic.rows_step.reset();  // an empty one of the old shape; take() drops it
            continue;
        }
        if (apply(of_topic, of_partition, message, event, rows, rows_before)) return Taken::yes;
    }
}

RowBatch* DebeziumAssembler::open_rows(TopicState& of_topic) {
    if (!of_topic.rows_step) {
        if (!of_topic.decoder.schema()) return nullptr;
        of_topic.rows_step = batch_.steps.size();
        batch_.steps.emplace_back(RowBatch(of_topic.decoder.schema()));
    }
    return &std::get<RowBatch>(batch_.steps[*of_topic.rows_step]);
}

bool DebeziumAssembler::wanted(TopicState& of_topic) {
    const TableName& name = *of_topic.decoder.table();
    of_topic.wanted = !options_.wants_table || options_.wants_table(name);
    of_topic.snapshot = &snapshots_[name];
    return *of_topic.wanted;
}

// Types that nobody has declared (--infer) are shown when they are guessed and when a value has proved the guess wrong.
void DebeziumAssembler::show_guesses(TopicState& of_topic) {
    std::vector<std::string> fresh;
    for (const ColumnSchema& column : of_topic.decoder.schema()->columns) {
        if (column.source_type != kInferredType) continue;
        const std::string type = to_string(column.type);
        std::string& known = of_topic.guesses[column.name];
        if (known == type) continue;
        fresh.push_back(known.empty() ? fmt::format("{} {}", column.name, type)
                                      : fmt::format("{} {} (was {})", column.name, type, known));
        known = type;
    }
    if (fresh.empty()) return;
    log::info("{}: types inferred from the values (--infer): {}", to_string(of_topic.decoder.schema()->name),
              fmt::join(fresh, ", "));
}

// As of the topic's last message, or, before the first one that says it, as of the target.
std::shared_ptr<const TableSchema> DebeziumAssembler::known_schema(const TopicState& of_topic) const {
    if (of_topic.decoder.schema()) return of_topic.decoder.schema();
    const auto stored = stored_schemas_.find(*of_topic.decoder.table());
    return stored == stored_schemas_.end() ? nullptr : stored->second;
}

bool DebeziumAssembler::apply(TopicState& of_topic, PartitionState& of_partition, const Message& message,
                              const Event& event, RowBatch* rows, size_t rows_before) {
    if (event.kind == EventKind::tombstone || event.kind == EventKind::other) {
        ++counts_.ignored;
        return true;
    }
    // Rows were asked when their shape was new; a TRUNCATE may be the first that is seen of its table.
    if (!of_topic.wanted && !wanted(of_topic)) return true;
    if (options_.replay && is_in_snapshot(of_topic, event)) {
        if (rows) rows->truncate(rows_before);
        return true;
    }
    if (options_.replay && !options_.whole_table && rows) refuse_other_shape(of_topic, *rows, rows_before);
    if (is_redelivery(of_partition, event)) {
        if (rows) rows->truncate(rows_before);
        note_redelivery(of_topic, message, event, *of_partition.position.watermark);
        return true;
    }
    if (std::optional<Step> first = snapshot_step(of_topic, event)) {
        if (rows) rows->truncate(rows_before);
        push_barrier(of_topic, std::move(*first));  // `rows` may have moved
        return false;
    }
    if (event.kind == EventKind::truncate) {
        if (of_topic.partition_count > 1) {
            throw Error(ErrorKind::source,
                        fmt::format("TRUNCATE in a topic of {} partitions: its place among the other partitions' rows "
                                    "is unknown. Re-create the topic with one partition and snapshot the table again",
                                    of_topic.partition_count));
        }
        if (options_.replay && !options_.whole_table)
            throw Error(ErrorKind::data,
                        "a TRUNCATE that comes late would remove rows that came after it: let the connector snapshot "
                        "the table again");
        supersede(of_topic, message);
        // No schema: the target has no such table either.
        if (auto schema = known_schema(of_topic))
            push_barrier(of_topic, Truncate{std::move(schema), false, {event.lsn.value_or(0), event.source_time_us}});
    } else {
        const bool opens_key_change = event.op == Op::remove && event.key_change && of_topic.partition_count == 1;
        if (opens_key_change && !of_partition.completing && !options_.replay) {
            rows->truncate(rows_before);
            of_partition.held = std::make_unique<HeldMessage>(message);
            return true;
        }
        if (opens_key_change) of_partition.removed_row = static_cast<uint32_t>(rows_before);
        if (event.op == Op::insert && event.key_change) link_key_change(of_topic, of_partition, event, *rows);
        of_topic.changed_in_batch |= event.rows_appended > 0;
        batch_.rows += event.rows_appended;
        counts_.rows += event.rows_appended;
        if (event.snapshot == SnapshotMark::last_of_table && (!options_.replay || options_.whole_table)) {
            of_topic.snapshot->open = false;
            push_barrier(of_topic, SnapshotEnd{of_topic.decoder.schema()->name});
        }
    }
    if (is_streamed_change(event)) of_partition.position.watermark = watermark_of(event);
    return true;
}

bool DebeziumAssembler::is_redelivery(const PartitionState& of_partition, const Event& event) const {
    const auto& mark = of_partition.position.watermark;
    if (!mark || !is_streamed_change(event) || !event.last_commit_lsn || !is_before(event, *mark)) return false;
    if (event.source_time_us / 1000 > mark->source_time_ms + kOtherHistoryMs) {
        throw Error(
            ErrorKind::source,
            fmt::format("the source's LSN went backwards: {} after {}, yet it is newer by {} s. The topic now "
                        "carries another history (failover, restore, another server). Snapshot the table again "
                        "with a new connector, then start with --reset-topic {}",
                        to_string(Lsn{event.lsn.value_or(0)}), to_string(Lsn{mark->lsn}),
                        (event.source_time_us / 1000 - mark->source_time_ms) / 1000, of_partition.position.topic));
    }
    return true;
}

// Connect repeats what it had sent before a crash; many of these without one are a broken producer.
void DebeziumAssembler::note_redelivery(const TopicState& of_topic, const Message& message, const Event& event,
                                        const Watermark& mark) {
    ++counts_.duplicates;
    if (redeliveries_.note(std::chrono::steady_clock::now()) == 0) return;
    log::warn(
        "{} [{}] offset {}: its LSN {} lies before {}, which is applied already: passed over as delivered again ({} so "
        "far)",
        of_topic.name, message.partition, message.offset, to_string(Lsn{event.lsn.value_or(0)}),
        to_string(Lsn{mark.lsn}), counts_.duplicates);
}

void DebeziumAssembler::push_barrier(TopicState& of_topic, Step step) {
    batch_.steps.push_back(std::move(step));
    of_topic.rows_step.reset();
    of_topic.changed_in_batch = true;
}

bool DebeziumAssembler::blocked(const Message& message) const {
    return message.key && blocked_keys_.contains({std::string(message.topic), std::string(*message.key)});
}

// The table is empty behind this message: what waits in quarantine from before it has nothing to say any more. (With
// several partitions nobody knows what lies before it.) What a new snapshot overtakes is told by its LSN, in the
// replay: a message without sense may stand at its very beginning.
void DebeziumAssembler::supersede(const TopicState& of_topic, const Message& message) {
    if (of_topic.partition_count > 1) return;
    std::erase_if(batch_.quarantined,
                  [&](const QuarantinedMessage& earlier) { return earlier.topic == of_topic.name; });
    unblock(of_topic.name, {of_topic.name, message.partition, message.offset, ""});
}

void DebeziumAssembler::unblock(const std::string& name, SupersededMessages superseded) {
    std::erase_if(blocked_keys_, [&](const auto& key) { return key.first == name; });
    batch_.superseded.push_back(std::move(superseded));
}

void DebeziumAssembler::forget_topic(const std::string& name) {
    batch_.oldest = std::chrono::steady_clock::now();
    TopicState& of_topic = topic(name);
    for (auto& [number, of_partition] : of_topic.partitions) {
        of_partition = {};
        of_partition.position.topic = name;
        of_partition.position.partition = number;
        of_partition.position.topic_id = of_topic.id;
        of_partition.moved = true;
    }
    unblock(name, {name, SupersededMessages::kAllPartitions, std::numeric_limits<int64_t>::max(), ""});
}

// A row can only be made of a message that knows the same columns as the table. The columns of an older shape would be
// taken for a change of it, and what a row had in a column that was added later nobody can tell.
void DebeziumAssembler::refuse_other_shape(const TopicState& of_topic, RowBatch& rows, size_t rows_before) const {
    const auto stored = stored_schemas_.find(rows.schema->name);
    if (stored == stored_schemas_.end()) return;
    const auto refuse_missing = [&](const TableSchema& table, const TableSchema& other, const char* what) {
        for (const ColumnSchema& column : table.columns) {
            if (std::any_of(other.columns.begin(), other.columns.end(),
                            [&](const ColumnSchema& one) { return one.name == column.name; }))
                continue;
            rows.truncate(rows_before);
            throw Error(
                ErrorKind::data,
                fmt::format("{}: column {} was {} since the message: its row has to come again from the source (a new "
                            "snapshot, or an UPDATE of it), and the message can be dropped then",
                            of_topic.name, column.name, what));
        }
    };
    refuse_missing(*stored->second, *rows.schema, "added");
    refuse_missing(*rows.schema, *stored->second, "dropped");
}

void DebeziumAssembler::quarantine(TopicState& of_topic, PartitionState& of_partition, const Message& message,
                                   const std::string& reason, const Headers& all_headers) {
    of_partition.removal_waits = message.value && message.headers && message.headers->find("__debezium.newkey");
    const auto& schema = of_topic.decoder.schema();
    keep(of_topic, message, schema ? to_string(schema->name) : std::string(), reason, all_headers);
    if (message.key) blocked_keys_.emplace(of_topic.name, *message.key);
}

void DebeziumAssembler::keep(const TopicState& of_topic, const Message& message, const std::string& table,
                             const std::string& reason, const Headers& all_headers) {
    const auto own = [](const std::optional<std::string_view>& bytes) {
        return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
    };
    batch_.quarantined.push_back({of_topic.name, message.partition, message.offset, message.timestamp_ms,
                                  own(message.key), own(message.value), all_headers(), table, reason});
    ++counts_.quarantined;
    quarantine_log_.note(message, reason, std::chrono::steady_clock::now());
}

void DebeziumAssembler::moved(const TopicState& of_topic, PartitionState& of_partition, const Message& message) {
    if (batch_.source_bytes == 0) batch_.oldest = std::chrono::steady_clock::now();
    of_partition.position.next_offset = message.offset + 1;
    of_partition.position.last_offset = message.offset;
    of_partition.position.last_record_hash = record_fingerprint(message);
    // A table that is not wanted keeps no position: once it is, its topic is read from the beginning.
    of_partition.moved = of_topic.wanted != false;
    batch_.source_bytes += 1 + (message.value ? message.value->size() : 0);
    ++counts_.messages;
}

void DebeziumAssembler::reached_end(std::string_view name, int32_t number, int64_t offset) {
    PartitionState& of_partition = partition(topic(name), number);
    if (!of_partition.moved || of_partition.held) return;
    of_partition.position.next_offset = std::max(of_partition.position.next_offset, offset);
}

Batch DebeziumAssembler::take() {
    KafkaPosition position;
    for (auto& [name, of_topic] : topics_) {
        of_topic.rows_step.reset();
        of_topic.changed_in_batch = false;
        for (auto& [number, of_partition] : of_topic.partitions) {
            of_partition.removed_row.reset();
            if (std::exchange(of_partition.moved, false)) position.partitions.push_back(of_partition.position);
        }
    }
    std::erase_if(batch_.steps, [](const Step& step) {
        const auto* rows = std::get_if<RowBatch>(&step);
        return rows && rows->rows() == 0;
    });
    batch_.position = std::move(position);
    return std::exchange(batch_, Batch{});
}

}  // namespace pintail::source
