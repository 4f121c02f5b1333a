#include "wire/key_fields.hpp"

#include "wire/json_string.hpp"

namespace pintail::wire {
namespace {

// The text behind a number, true, false, null or a string; npos for anything else.
size_t scalar_end(std::string_view text, size_t at) {
    if (at >= text.size() || text[at] == '{' || text[at] == '[') return std::string_view::npos;
    if (text[at] != '"') return text.find_first_of(",}", at);
    for (++at; at < text.size() && text[at] != '"'; ++at) at += text[at] == '\\';
    return at < text.size() ? at + 1 : std::string_view::npos;
}

bool says_null(std::string_view payload) {
    return payload == "null" || payload.empty();
}

}  // namespace

// {"id":1} against the field names of the last key, without scanning it.
bool KeyFields::starts_the_same(std::string_view payload) const {
    size_t at = 0;
    for (const std::string& prefix : raw_prefixes_) {
        if (!payload.substr(at).starts_with(prefix)) return false;
        at = scalar_end(payload, at + prefix.size());
        if (at == std::string_view::npos) return false;
    }
    return !raw_prefixes_.empty() && payload.substr(at) == "}";
}

std::vector<std::string> KeyFields::read(std::string_view payload) {
    std::vector<std::string> names;
    if (says_null(payload)) return names;
    tokens_.scan(payload);
    if (tokens_.kind(0) != '{') {
        throw Error(ErrorKind::data, "the message's key is no JSON object: key.converter must be JsonConverter");
    }
    tokens_.each_field(0, [&](std::string_view key, Token value) {
        append_unescaped(key, names.emplace_back());
        return tokens_.skip(value);
    });
    return names;
}

bool KeyFields::is_known(std::optional<std::string_view> key) {
    if (!learnt_) return false;
    if (!key) return names_.empty();
    const FramedMessage framed = frame_.split(*key);
    // The frame may be remembered from before the table lost its key.
    if (names_.empty()) return says_null(framed.payload);
    if (framed.is_remembered && (framed.has_schema || starts_the_same(framed.payload))) return true;
    return read(framed.payload) == names_;
}

std::vector<std::string> KeyFields::names_of(std::optional<std::string_view> key) {
    if (!key) return {};
    return read(frame_.split(*key).payload);
}

void KeyFields::learn(std::optional<std::string_view> key) {
    names_ = names_of(key);
    if (key) frame_.remember(frame_.split(*key));
    raw_prefixes_.clear();
    for (const std::string& name : names_) {
        raw_prefixes_.push_back((raw_prefixes_.empty() ? "{" : ",") + json_quoted(name) + ":");
    }
    learnt_ = true;
}

const JsonTokens* KeyFields::open(std::optional<std::string_view> key) {
    if (!key) return nullptr;
    const FramedMessage framed = frame_.split(*key);
    if (read(framed.payload).empty()) return nullptr;
    return &tokens_;
}

}  // namespace pintail::wire
