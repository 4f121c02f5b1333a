#include "wire/unwrapped_message.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace pintail::wire {
namespace {

constexpr std::string_view kAdded = "__";  // add.fields.prefix

// "prefix.schema.table"; empty where the topic has no such name.
struct TopicName {
    explicit TopicName(std::string_view topic) {
        const size_t last = topic.rfind('.');
        if (last == std::string_view::npos || last == 0) return;
        const size_t before = topic.rfind('.', last - 1);
        schema = topic.substr(before == std::string_view::npos ? 0 : before + 1,
                              last - (before == std::string_view::npos ? 0 : before + 1));
        table = topic.substr(last + 1);
    }
    std::string_view schema;
    std::string_view table;
};

}  // namespace

// What the transform added to the row, raw.
struct UnwrappedMessage::Added {
    std::string_view op;
    std::string_view deleted;
    std::string_view schema;
    std::string_view table;
    std::string_view lsn;
    std::string_view source_time;

    void take(const JsonTokens& json, std::string_view name, Token value) {
        const std::string_view text =
            json.kind(value) == '"' ? json.raw_string(value) : json.raw(value, json.skip(value));
        if (text == "null") return;
        if (name == "__op") op = text;
        else if (name == "__deleted") deleted = text;
        else if (name == "__schema" || name == "__source_schema") schema = text;
        else if (name == "__table" || name == "__source_table") table = text;
        else if (name == "__lsn" || name == "__source_lsn") lsn = text;
        else if (name == "__source_ts_ms" || (name == "__ts_ms" && source_time.empty())) source_time = text;
    }

    bool any() const { return !op.empty() || !deleted.empty(); }
};

std::optional<std::string_view> UnwrappedMessage::wrap(const FramedMessage& framed, const JsonTokens& payload,
                                                       std::string_view topic) {
    Added added;
    std::string row = "{";
    payload.each_field(0, [&](std::string_view name, Token value) {
        const Token behind = payload.skip(value);
        if (name.starts_with(kAdded)) added.take(payload, name, value);
        else row += fmt::format("{}\"{}\":{}", row.size() > 1 ? "," : "", name, payload.raw(value, behind));
        return behind;
    });
    if (!added.any()) return std::nullopt;
    if (added.deleted.empty()) {
        throw Error(ErrorKind::data,
                    "a row unwrapped by ExtractNewRecordState without the field __deleted: set "
                    "delete.tombstone.handling.mode=rewrite "
                    "(delete.handling.mode=rewrite before Debezium 2.5), else deletes cannot be told");
    }
    const TopicName from_topic(topic);
    if (added.table.empty()) added.table = from_topic.table;
    if (added.schema.empty()) added.schema = from_topic.schema;
    message_.clear();
    if (framed.has_schema) {
        wrap_schema(framed.schema);
        message_ = "{\"schema\":" + wrapped_ + ",\"payload\":";
    }
    wrap_payload(row + "}", added);
    if (framed.has_schema) message_ += "}";
    return message_;
}

void UnwrappedMessage::wrap_schema(std::string_view schema) {
    if (schema == schema_) return;
    tokens_.scan(schema);
    std::string fields;
    const Token list = tokens_.find(0, "fields");
    if (list == 0) throw Error(ErrorKind::data, "schema: it has no fields");
    tokens_.each_element(list, [&](Token field) {
        const Token behind = tokens_.skip(field);
        const Token name = tokens_.find(field, "field");
        if (name == 0 || !tokens_.raw_string(name).starts_with(kAdded))
            fields += fmt::format("{}{}", fields.empty() ? "" : ",", tokens_.raw(field, behind));
        return behind;
    });
    wrapped_ = R"({"type":"struct","fields":[{"type":"struct","fields":[)" + fields + R"(],"field":"after"}]})";
    schema_ = schema;
}

void UnwrappedMessage::wrap_payload(const std::string& row, const Added& added) {
    const bool removed = added.deleted == "true";
    const std::string_view op = removed ? "d" : added.op.empty() ? "u" : added.op;
    message_ += fmt::format(
        R"({{"before":{},"after":{},"source":{{"connector":"postgresql","schema":"{}","table":"{}","snapshot":"{}")",
        removed ? row : "null", removed ? "null" : row, added.schema, added.table, op == "r" ? "incremental" : "false");
    if (!added.lsn.empty()) message_ += fmt::format(R"(,"lsn":{})", added.lsn);
    if (!added.source_time.empty()) message_ += fmt::format(R"(,"ts_ms":{})", added.source_time);
    message_ += fmt::format(R"(}},"op":"{}"}})", op);
}

}  // namespace pintail::wire
