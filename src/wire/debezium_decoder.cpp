#include "wire/debezium_decoder.hpp"

#include <fmt/format.h>

#include "wire/envelope.hpp"
#include "wire/json_string.hpp"
#include "wire/row_decoder.hpp"
#include "wire/table_plan.hpp"
#include "wire/unwrapped_message.hpp"

namespace pintail::wire {
namespace {

constexpr std::string_view kNewKeyHeader = "__debezium.newkey";
constexpr std::string_view kOldKeyHeader = "__debezium.oldkey";

std::string unescaped(std::string_view raw) {
    std::string text;
    append_unescaped(raw, text);
    return text;
}

// Postgres has no name that is empty or holds a zero byte.
std::string possible_name(std::string name) {
    if (name.empty() || name.find('\0') != std::string::npos)
        throw Error(ErrorKind::data, "source names no schema or table that can be");
    return name;
}

Op op_of(char letter) {
    switch (letter) {
        case 'c': return Op::insert;
        case 'u': return Op::update;
        case 'r': return Op::snapshot;
        case 'd': return Op::remove;
        default: throw Error(ErrorKind::data, "not a change event of Debezium's Postgres connector: its op is unknown");
    }
}

// The marks that Debezium writes into its signalling table around a chunk of an incremental snapshot: they come as
// inserts into an ordinary table of these three columns.
bool is_window_mark(const TableSchema& schema, const JsonTokens& json, Token row) {
    const auto& columns = schema.columns;
    if (columns.size() != 3 || columns[0].name != "id" || columns[1].name != "type" || columns[2].name != "data")
        return false;
    const Token type = row == 0 ? 0 : json.find(row, "type");
    if (type == 0 || json.kind(type) != '"') return false;
    const std::string_view name = json.raw_string(type);
    return name == "snapshot-window-open" || name == "snapshot-window-close";
}

}  // namespace

struct DebeziumDecoder::State {
    explicit State(const std::shared_ptr<const DebeziumOptions>& options) : plans(options) {}

    bool read(const Message& message, Event& event);
    void wrap(const Message& message);
    Outcome decode_row(const Message& message, RowBatch* rows, bool expect_key_change, Event& event);
    SourceTransaction transaction() const;
    bool append(const Message& message, RowBatch& rows, Event& event);
    bool append_image(Token object, const RowRules& rules, Op op, RowBatch& rows, Event& event);
    bool append_without_key(RowBatch& rows, Event& event);
    bool append_removed(const Message& message, RowBatch& rows, Event& event);
    void close_row(Op op, RowBatch& rows, Event& event) const;
    bool try_again(const TablePlan::Sight& sight, bool& shape_changed);
    void note_key_change(const Message& message, bool expected, Event& event);
    RowBatch decode_old_key(std::string_view header);

    RowDecoder decoder;
    TablePlan plans;
    JsonTokens json;
    FramedMessage framed;
    UnwrappedMessage unwrapped;
    EnvelopeReader envelopes;
    Envelope envelope;
    std::optional<TableName> table;
    std::optional<RowBatch> old_key;
    const FieldNames* ignored = nullptr;  // of the message at hand
    bool is_new_key_row = false;          // an insert that is the second half of a key change
};

DebeziumDecoder::DebeziumDecoder(std::shared_ptr<const DebeziumOptions> options)
    : state_(std::make_unique<State>(options)) {}
DebeziumDecoder::~DebeziumDecoder() = default;
DebeziumDecoder::DebeziumDecoder(DebeziumDecoder&&) noexcept = default;

const std::shared_ptr<const TableSchema>& DebeziumDecoder::schema() const {
    return state_->plans.schema();
}

const std::optional<TableName>& DebeziumDecoder::table() const {
    return state_->table;
}

std::optional<RowBatch> DebeziumDecoder::take_old_key() {
    return std::exchange(state_->old_key, std::nullopt);
}

const FieldNames& DebeziumDecoder::ignored_fields() const {
    return state_->plans.ignored();
}

DebeziumDecoder::Outcome DebeziumDecoder::decode(const Message& message, RowBatch* rows, bool expect_key_change,
                                                 Event& event) {
    event = Event{};
    if (!state_->read(message, event)) return Outcome::decoded;
    try {
        return state_->decode_row(message, rows, expect_key_change, event);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::data) throw;
        throw error.in(to_string(*state_->table));
    }
}

void DebeziumDecoder::peek(const Message& message, Event& event) {
    event = Event{};
    state_->read(message, event);
    if (event.kind == EventKind::row) event.op = op_of(state_->envelope.op);
}

// A row without its envelope gets one.
void DebeziumDecoder::State::wrap(const Message& message) {
    const auto whole = unwrapped.wrap(framed, json, message.topic);
    if (!whole) {
        throw Error(ErrorKind::data,
                    "not a change event of Debezium's Postgres connector: it has no field \"op\" (unwrapped by "
                    "ExtractNewRecordState without "
                    "__deleted, or a topic of something else?)");
    }
    plans.frame().split(*whole, framed);
    json.scan(framed.payload);
    envelopes.read(json, envelope);
}

// False when the message holds no row. Fills the event but for what rows say.
bool DebeziumDecoder::State::read(const Message& message, Event& event) {
    old_key.reset();
    event.kind = EventKind::tombstone;
    if (!message.value) return false;
    plans.frame().split(*message.value, framed);
    if (framed.payload == "null") return false;
    json.scan(framed.payload);
    if (!envelopes.read(json, envelope)) wrap(message);
    event.kind = EventKind::other;
    if (envelope.op == 0) return false;
    event.snapshot = envelope.source.snapshot;
    event.last_commit_lsn = envelope.source.last_commit_lsn;
    event.lsn = envelope.source.lsn;
    event.source_time_us = envelope.source.time_us;
    if (envelope.op == 'm') return false;
    if (!table || table->table != envelope.source.table || table->schema != envelope.source.schema) {
        table = TableName{possible_name(unescaped(envelope.source.schema)),
                          possible_name(unescaped(envelope.source.table))};
    }
    event.kind = envelope.op == 't' ? EventKind::truncate : EventKind::row;
    return envelope.op != 't';
}

DebeziumDecoder::Outcome DebeziumDecoder::State::decode_row(const Message& message, RowBatch* rows,
                                                            bool expect_key_change, Event& event) {
    event.op = op_of(envelope.op);
    is_new_key_row = event.op == Op::insert && expect_key_change && message.headers != nullptr &&
                     message.headers->find(kOldKeyHeader).has_value();
    if ((event.op == Op::remove) != (envelope.after == 0)) throw Error(ErrorKind::data, "its op contradicts \"after\"");
    const Token image = envelope.after != 0 ? envelope.after : envelope.before;
    const TablePlan::Sight sight{*table, framed, message.key, json, image, transaction()};
    if (!plans.is_current(sight)) {
        const bool is_new_shape = plans.renew(sight);
        envelopes.expect_row(plans.plan().tokens_per_row());
        if (is_new_shape) return Outcome::shape_changed;
    }
    if (is_window_mark(*plans.schema(), json, envelope.after)) {
        event.kind = EventKind::other;
        return Outcome::decoded;
    }
    if (rows == nullptr) return Outcome::shape_changed;
    if (rows->schema != plans.schema()) throw Error(ErrorKind::internal, "decode() was given rows of another schema");
    const size_t rows_before = rows->rows();
    for (bool is_first_try = true;; is_first_try = false) {
        bool shape_changed = false;
        ignored = &plans.ignored_in(sight);
        try {
            if (append(message, *rows, event)) {
                note_key_change(message, expect_key_change, event);
                return Outcome::decoded;
            }
            rows->truncate(rows_before);
            if (!try_again(sight, shape_changed)) plans.ignore(decoder.unknown_field());
        } catch (const Error& error) {
            rows->truncate(rows_before);
            if (error.kind() != ErrorKind::data || !is_first_try || !try_again(sight, shape_changed)) throw;
        }
        event.rows_appended = 0;
        if (shape_changed) return Outcome::shape_changed;
    }
}

// A snapshot's rows were seen by its own transaction, which runs as long as the snapshot does.
SourceTransaction DebeziumDecoder::State::transaction() const {
    const SourceBlock& source = envelope.source;
    return {source.snapshot == SnapshotMark::none ? source.xid : 0, source.time_us};
}

// Whether the plan is another one now.
bool DebeziumDecoder::State::try_again(const TablePlan::Sight& sight, bool& shape_changed) {
    const TablePlan::Change change = plans.look_again(sight);
    shape_changed = change == TablePlan::Change::shape;
    envelopes.expect_row(plans.plan().tokens_per_row());
    return change != TablePlan::Change::none;
}

// False when a field is unknown.
bool DebeziumDecoder::State::append(const Message& message, RowBatch& rows, Event& event) {
    if (!plans.schema()->has_key()) return append_without_key(rows, event);
    if (event.op == Op::remove) return append_removed(message, rows, event);
    RowRules rules;
    // The second half of a key change is an update as well: large values that it left alone are not in it.
    rules.has_placeholders = event.op == Op::update || is_new_key_row;
    rules.before = envelope.before;
    return append_image(envelope.after, rules, event.op, rows, event);
}

bool DebeziumDecoder::State::append_image(Token object, const RowRules& rules, Op op, RowBatch& rows, Event& event) {
    RowRules all_rules = rules;
    all_rules.unknown_nulls = plans.is_inferred();
    if (!decoder.decode(plans.plan(), json, object, all_rules, *ignored, rows)) {
        if (plans.has_embedded_schema()) {
            throw Error(ErrorKind::data,
                        fmt::format("the field {} is not in the message's schema", decoder.unknown_field()));
        }
        return false;
    }
    if (object == envelope.after && decoder.end() != envelope.after_end)
        throw JsonTokens::malformed("the row does not end where it should");
    close_row(op, rows, event);
    return true;
}

// A table without a key is a multiset: what was there before goes, what is there now comes.
bool DebeziumDecoder::State::append_without_key(RowBatch& rows, Event& event) {
    RowRules rules;
    if (event.op == Op::update || event.op == Op::remove) {
        if (envelope.before == 0) {
            throw Error(ErrorKind::data,
                        "a table without a key needs REPLICA IDENTITY FULL: the message has no \"before\"");
        }
        if (!append_image(envelope.before, rules, Op::remove, rows, event)) return false;
        if (event.op == Op::remove) return true;
        rules.has_placeholders = true;
        rules.before = envelope.before;
    }
    return append_image(envelope.after, rules, event.op == Op::update ? Op::insert : event.op, rows, event);
}

// Of `before` only the key can be trusted (type defaults stand in the other NOT NULL columns), and the message's key
// says the same in fewer bytes.
bool DebeziumDecoder::State::append_removed(const Message& message, RowBatch& rows, Event& event) {
    const JsonTokens* key = plans.key().open(message.key);
    if (key == nullptr) throw Error(ErrorKind::data, "a remove without a key");
    decoder.decode_key(plans.plan(), *key, 0, rows);
    close_row(Op::remove, rows, event);
    return true;
}

void DebeziumDecoder::State::close_row(Op op, RowBatch& rows, Event& event) const {
    rows.ops.push_back(op);
    rows.origins.push_back({event.lsn.value_or(0), event.source_time_us});
    ++event.rows_appended;
}

void DebeziumDecoder::State::note_key_change(const Message& message, bool expected, Event& event) {
    if (message.headers == nullptr) return;
    if (event.op == Op::remove) event.key_change = message.headers->find(kNewKeyHeader).has_value();
    if (event.op != Op::insert || !expected) return;
    const auto header = message.headers->find(kOldKeyHeader);
    if (!header) return;
    old_key = decode_old_key(*header);
    event.key_change = true;
}

RowBatch DebeziumDecoder::State::decode_old_key(std::string_view header) {
    KeyFields reader;
    const JsonTokens* key = reader.open(header);
    if (key == nullptr) throw Error(ErrorKind::data, "the header __debezium.oldkey holds no key");
    RowBatch row(plans.schema());
    decoder.decode_key(plans.plan(), *key, 0, row);
    row.ops.push_back(Op::remove);
    row.origins.push_back({envelope.source.lsn.value_or(0), envelope.source.time_us});
    return row;
}

}  // namespace pintail::wire
