// A JSON text as simdjson's first stage sees it: the places of its brackets, commas, colons, strings and scalars.
//
// Random access instead of simdjson's one-pass values: `before` can be visited again, `op` may come after `after`, and
// nothing depends on the CPU the program was compiled for (stage 1 chooses its kernel at run time). Stage 1 has
// proved UTF-8, closed strings and escaped control characters; the walks here prove the grammar of what they touch.
// Nothing is copied: the text must stay where it is. One thread at a time; no allocation once the capacity suffices.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace pintail::wire {

// The index of a token; a value is named by its first token. 0 is the root, so 0 can also say "none" for a field.
using Token = uint32_t;

class JsonTokens {
public:
    JsonTokens();
    ~JsonTokens();
    JsonTokens(JsonTokens&&) noexcept;
    JsonTokens& operator=(JsonTokens&&) noexcept;

    // Error (data) when the text is not UTF-8 or no JSON.
    void scan(std::string_view text);

    // First character of the token: { } [ ] : , " or a scalar's; 0 behind the last.
    char kind(Token token) const { return token < count_ ? text_[places_[token]] : '\0'; }
    bool is_null(Token value) const { return kind(value) == 'n' && scalar(value) == "null"; }

    // A number, true, false or null as it stands.
    std::string_view scalar(Token value) const {
        if (value >= count_) throw malformed("it ends too early");
        const char* begin = text_ + places_[value];
        const char* end = text_ + places_[value + 1];
        while (is_space(end[-1])) --end;
        return {begin, static_cast<size_t>(end - begin)};
    }

    // What stands between the quotes, escapes as they are.
    std::string_view raw_string(Token value) const {
        if (kind(value) != '"') throw malformed("a string was expected");
        return quoted(value);
    }

    // The string's characters: the text itself where it has no escapes, else `scratch`.
    std::string_view string(Token value, std::string& scratch) const;

    // The value's own text, from `value` up to the token behind it.
    std::string_view raw(Token value, Token behind) const;

    // The token behind the value. skip() counts brackets only, skip_checked() proves the whole grammar.
    Token skip(Token value) const {
        const char first = kind(value);
        return first == '{' || first == '[' ? skip_nested(value) : value + 1;
    }
    Token skip_checked(Token value) const;

    // Calls visit(raw key, value) → token behind the value, for each field; gives the token behind the object.
    template <typename Visit>
    Token each_field(Token object, Visit&& visit) const {
        if (kind(object) != '{') throw malformed("an object was expected");
        Token at = object + 1;
        if (kind(at) == '}') return at + 1;
        for (;;) {
            at = visit(key(at), at + 2);
            const char separator = kind(at++);
            if (separator == '}') return at;
            if (separator != ',') throw malformed("a comma was expected");
        }
    }

    // The same for an array: visit(value) → token behind it.
    template <typename Visit>
    Token each_element(Token array, Visit&& visit) const {
        if (kind(array) != '[') throw malformed("an array was expected");
        Token at = array + 1;
        if (kind(at) == ']') return at + 1;
        for (;;) {
            at = visit(at);
            const char separator = kind(at++);
            if (separator == ']') return at;
            if (separator != ',') throw malformed("a comma was expected");
        }
    }

    // The value of an object's field; 0: there is none.
    Token find(Token object, std::string_view raw_key) const;

    // The raw key that starts at `at`; its value is at + 2.
    std::string_view key(Token at) const {
        if (kind(at) != '"' || kind(at + 1) != ':') throw malformed("a field was expected");
        return quoted(at);
    }

    Token count() const { return count_; }
    std::string_view text() const { return {text_, size_}; }
    size_t place(Token token) const { return places_[token]; }

    static Error malformed(const char* why);

private:
    struct Stage1;

    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    // Between a string's start and the next token lie only its characters, its closing quote and white space.
    std::string_view quoted(Token value) const {
        const char* begin = text_ + places_[value] + 1;
        const char* end = text_ + places_[value + 1] - 1;
        while (is_space(*end)) --end;
        return {begin, static_cast<size_t>(end - begin)};
    }
    Token skip_nested(Token value) const;
    Token checked(Token value, int depth) const;

    std::unique_ptr<Stage1> stage1_;
    const char* text_ = nullptr;
    size_t size_ = 0;
    const uint32_t* places_ = nullptr;  // count_ places, then one more: size_
    Token count_ = 0;
};

}  // namespace pintail::wire
