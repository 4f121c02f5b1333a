#include "wire/envelope.hpp"

#include "wire/byte_compare.hpp"
#include "wire/whole_number.hpp"

namespace pintail::wire {
namespace {

Error foreign(const char* why) {
    return Error(ErrorKind::data, std::string("not a change event of Debezium's Postgres connector: ") + why);
}

template <typename Number>
Number number(std::string_view text) {
    Number value = 0;
    if (parse_whole(text, value) != WholeNumber::ok) throw foreign("source has a broken position or time");
    return value;
}

int64_t millis_to_micros(int64_t millis) {
    int64_t micros = 0;
    if (__builtin_mul_overflow(millis, 1000, &micros)) throw foreign("source has a broken time");
    return micros;
}

// The raw string [null,\"33015304\"] or [\"33015240\",\"33015304\"]; the first element.
std::optional<uint64_t> first_of_sequence(std::string_view raw) {
    constexpr std::string_view kOpening = "[\\\"";
    if (!raw.starts_with(kOpening)) return std::nullopt;
    raw.remove_prefix(kOpening.size());
    return number<uint64_t>(raw.substr(0, raw.find('\\')));
}

SnapshotMark snapshot_mark(std::string_view name) {
    if (is(name, "false")) return SnapshotMark::none;
    if (name == "true" || name == "first" || name == "first_in_data_collection") return SnapshotMark::inside;
    if (name == "last" || name == "last_in_data_collection") return SnapshotMark::last_of_table;
    if (name == "incremental") return SnapshotMark::incremental;
    throw foreign("source.snapshot is unknown");
}

enum SourceField : size_t { kConnector, kTimeMillis, kSnapshot, kSequence, kTimeMicros, kSchema, kTable, kLsn, kXid };
constexpr std::string_view kSourceFields[] = {"connector", "ts_ms", "snapshot", "sequence", "ts_us",
                                              "schema",    "table", "lsn",      "txId"};

// Values of `source` that are needed; the others are passed over.
void read_source_field(const JsonTokens& json, size_t field, Token value, SourceBlock& source) {
    if (json.kind(value) == 'n') return;
    switch (field) {
        case kConnector: source.connector = json.raw_string(value); return;
        case kTimeMillis: source.time_us = millis_to_micros(number<int64_t>(json.scalar(value))); return;
        case kSnapshot:
            source.snapshot = snapshot_mark(json.kind(value) == '"' ? json.raw_string(value) : json.scalar(value));
            return;
        case kSequence: source.last_commit_lsn = first_of_sequence(json.raw_string(value)); return;
        case kTimeMicros: source.time_us = number<int64_t>(json.scalar(value)); return;
        case kSchema: source.schema = json.raw_string(value); return;
        case kTable: source.table = json.raw_string(value); return;
        case kLsn: source.lsn = number<uint64_t>(json.scalar(value)); return;
        case kXid: source.xid = static_cast<uint32_t>(number<uint64_t>(json.scalar(value))); return;
    }
}

// Debezium's other messages: heartbeats ({"ts_ms"} alone), transaction metadata, schema changes.
bool is_metadata(const JsonTokens& json) {
    const auto has = [&](std::string_view key) { return json.find(0, key) != 0; };
    if (has("ts_ms") && json.skip(json.find(0, "ts_ms")) + 1 == json.count() && json.find(0, "ts_ms") == 3) return true;
    if (has("status") && has("id") && has("data_collections")) return true;
    return has("source") && has("databaseName") && (has("ddl") || has("tableChanges"));
}

}  // namespace

bool EnvelopeReader::read(const JsonTokens& json, Envelope& envelope) {
    envelope = Envelope{};
    source_at_ = 0;
    if (json.kind(0) != '{') throw foreign("it is no JSON object");
    const Token behind =
        json.each_field(0, [&](std::string_view key, Token value) { return read_field(json, key, value, envelope); });
    if (behind != json.count()) throw JsonTokens::malformed("something follows it");
    if (envelope.op == 0) return is_metadata(json);
    if (source_at_ == 0) throw foreign("it has no field \"source\"");
    if (!is(envelope.source.connector, "postgresql")) throw foreign("source.connector is not \"postgresql\"");
    return true;
}

Token EnvelopeReader::read_field(const JsonTokens& json, std::string_view key, Token value, Envelope& envelope) {
    const char first = json.kind(value);
    if (is(key, "after") && first == '{') {
        envelope.after = value;
        return envelope.after_end = row_end(json, value);
    }
    if (is(key, "before") && first == '{') {
        envelope.before = value;
    } else if (is(key, "source") && first == '{') {
        source_at_ = value;
        return read_source(json, value, envelope.source);
    } else if (is(key, "op") && first == '"') {
        const std::string_view op = json.raw_string(value);
        if (op.size() != 1) throw foreign("its op is unknown");
        envelope.op = op[0];
    } else if ((is(key, "before") || is(key, "after")) && !json.is_null(value)) {
        throw foreign("before or after is no object");
    }
    return json.skip(value);
}

// Where a whole row of scalars ends, `source` follows.
Token EnvelopeReader::row_end(const JsonTokens& json, Token row) const {
    const Token end = row + row_length_;
    const bool fits = row_length_ != 0 && json.kind(end - 1) == '}' && json.kind(end) == ',' &&
                      json.kind(end + 2) == ':' && is(json.key(end + 1), "source");
    return fits ? end : json.skip(row);
}

Token EnvelopeReader::read_source(const JsonTokens& json, Token object, SourceBlock& source) {
    if (read_known_source(json, object, source)) return object + source_length_;
    source = SourceBlock{};
    return read_source_anew(json, object, source);
}

// The needed fields stand where they stood last time, and so does the end.
bool EnvelopeReader::read_known_source(const JsonTokens& json, Token object, SourceBlock& source) const {
    if (source_length_ == 0 || json.kind(object + source_length_ - 1) != '}') return false;
    for (size_t field = 0; field < kFields; ++field) {
        if (places_[field] == 0) continue;
        const Token value = object + places_[field];
        if (json.kind(value - 1) != ':' || !same_text(json.key(value - 2), kSourceFields[field])) return false;
        if (field == kTimeMillis && places_[kTimeMicros] != 0) continue;
        read_source_field(json, field, value, source);
    }
    return true;
}

Token EnvelopeReader::read_source_anew(const JsonTokens& json, Token object, SourceBlock& source) {
    places_ = {};
    source_length_ = 0;
    bool is_flat = true;
    const Token behind = json.each_field(object, [&](std::string_view key, Token value) {
        for (size_t field = 0; field < kFields; ++field) {
            if (!same_text(key, kSourceFields[field])) continue;
            places_[field] = value - object;
            if (field != kTimeMillis || source.time_us == 0) read_source_field(json, field, value, source);
        }
        const Token next = json.skip(value);
        is_flat &= next == value + 1;
        return next;
    });
    if (is_flat) source_length_ = behind - object;  // only then do the places say where the object ends
    return behind;
}

}  // namespace pintail::wire
