#include "wire/json_tokens.hpp"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "wire/json_string.hpp"

namespace pintail::wire {
namespace {

constexpr size_t kFirstCapacity = 16 * 1024;  // most change events fit; doubled for the others
constexpr int kDeepest = 512;                 // of values that are kept as JSON text; bounds the recursion

}  // namespace

struct JsonTokens::Stage1 {
    simdjson::dom::parser parser;
    std::string padded;  // only for the fallback kernel, the one that may read a few bytes past the end
    bool needs_padding = simdjson::get_active_implementation()->name() == "fallback";
};

JsonTokens::JsonTokens() : stage1_(std::make_unique<Stage1>()) {}
JsonTokens::~JsonTokens() = default;
JsonTokens::JsonTokens(JsonTokens&&) noexcept = default;
JsonTokens& JsonTokens::operator=(JsonTokens&&) noexcept = default;

Error JsonTokens::malformed(const char* why) {
    return Error(ErrorKind::data, std::string("malformed JSON: ") + why);
}

void JsonTokens::scan(std::string_view text) {
    count_ = 0;
    simdjson::dom::parser& parser = stage1_->parser;
    if (parser.capacity() < text.size() || parser.capacity() == 0) {
        const size_t capacity = std::max({text.size(), parser.capacity() * 2, kFirstCapacity});
        if (parser.allocate(capacity, kDeepest)) throw malformed("it is too long");
    }
    if (stage1_->needs_padding) {
        stage1_->padded.reserve(text.size() + simdjson::SIMDJSON_PADDING);
        stage1_->padded.assign(text);
        text = stage1_->padded;
    }
    const auto error = parser.implementation->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                                     simdjson::stage1_mode::regular);
    if (error) throw malformed(simdjson::error_message(error));
    text_ = text.data();
    size_ = text.size();
    places_ = parser.implementation->structural_indexes.get();
    count_ = parser.implementation->n_structural_indexes;
}

std::string_view JsonTokens::string(Token value, std::string& scratch) const {
    const std::string_view raw = raw_string(value);
    if (!has_escapes(raw)) return raw;
    scratch.clear();
    append_unescaped(raw, scratch);
    return scratch;
}

std::string_view JsonTokens::raw(Token value, Token behind) const {
    const char* begin = text_ + places_[value];
    const char* end = text_ + places_[behind];
    while (end > begin && is_space(end[-1])) --end;
    return {begin, static_cast<size_t>(end - begin)};
}

Token JsonTokens::skip_nested(Token value) const {
    size_t depth = 0;
    for (Token at = value; at < count_; ++at) {
        const char c = text_[places_[at]];
        if (c == '{' || c == '[') ++depth;
        else if ((c == '}' || c == ']') && --depth == 0) return at + 1;
    }
    throw malformed("a bracket is not closed");
}

Token JsonTokens::skip_checked(Token value) const {
    return checked(value, 0);
}

Token JsonTokens::checked(Token value, int depth) const {
    if (depth > kDeepest) throw malformed("it is nested too deeply");
    switch (kind(value)) {
        case '{': return each_field(value, [&](std::string_view, Token field) { return checked(field, depth + 1); });
        case '[': return each_element(value, [&](Token element) { return checked(element, depth + 1); });
        case '"': return value + 1;
        default: break;
    }
    if (!is_json_scalar(kind(value) == '\0' ? std::string_view() : scalar(value)))
        throw malformed("a value was expected");
    return value + 1;
}

Token JsonTokens::find(Token object, std::string_view raw_key) const {
    Token found = 0;
    each_field(object, [&](std::string_view name, Token value) {
        if (name == raw_key) found = value;
        return skip(value);
    });
    return found;
}

}  // namespace pintail::wire
