#include "wire/schema_frame.hpp"

namespace pintail::wire {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

// A wrapper's first field is one of its two: anything else need not be looked at.
bool may_be_wrapper(std::string_view message) {
    if (!message.starts_with('{')) return false;
    const std::string_view field = trimmed(message.substr(1));
    return field.starts_with("\"schema\"") || field.starts_with("\"payload\"");
}

// Columns may be called schema and payload, too; only a schema is an object with a type.
bool is_schema(const JsonTokens& json, Token value) {
    if (json.is_null(value)) return true;
    return json.kind(value) == '{' && json.find(value, "type") != 0;
}

}  // namespace

void SchemaFrame::take_bare(std::string_view message, FramedMessage& framed) const {
    framed = {};
    framed.payload = message;
    framed.is_remembered = knows_bare_;
}

void SchemaFrame::split(std::string_view message, FramedMessage& framed) {
    message = trimmed(message);
    if (!prefix_.empty() && message.starts_with(prefix_) && message.ends_with('}')) {
        framed.payload = message.substr(prefix_.size(), message.size() - prefix_.size() - 1);
        framed.schema = message.substr(schema_start_, schema_size_);
        framed.has_schema = framed.is_remembered = true;
    } else if (may_be_wrapper(message)) {
        split_slowly(message, framed);
    } else {
        take_bare(message, framed);
    }
}

void SchemaFrame::split_slowly(std::string_view message, FramedMessage& framed) {
    framed = {};
    tokens_.scan(message);
    Token schema = 0, payload = 0;
    bool has_others = false;
    const Token behind = tokens_.each_field(0, [&](std::string_view key, Token value) {
        const Token next = tokens_.skip(value);
        if (key == "schema" && schema == 0) {
            schema = value;
            framed.schema = tokens_.raw(value, next);
        } else if (key == "payload" && payload == 0) {
            payload = value;
            framed.payload = tokens_.raw(value, next);
        } else {
            has_others = true;
        }
        return next;
    });
    if (behind != tokens_.count()) throw JsonTokens::malformed("something follows it");
    if (schema == 0 || payload == 0 || has_others || !is_schema(tokens_, schema)) return take_bare(message, framed);
    framed.has_schema = !tokens_.is_null(schema);
    framed.is_remembered = !framed.has_schema && knows_bare_;
    const size_t start = tokens_.place(payload);
    const bool ends_with_payload = start + framed.payload.size() + 1 == message.size();
    if (framed.has_schema && schema < payload && ends_with_payload) framed.prefix = message.substr(0, start);
    if (!framed.has_schema) framed.schema = {};
}

void SchemaFrame::remember(const FramedMessage& message) {
    if (message.is_remembered) return;
    prefix_.assign(message.prefix);
    if (!prefix_.empty()) schema_start_ = static_cast<size_t>(message.schema.data() - message.prefix.data());
    schema_size_ = message.schema.size();
    knows_bare_ = !message.has_schema;
}

}  // namespace pintail::wire
