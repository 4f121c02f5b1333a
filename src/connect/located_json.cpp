#include "connect/located_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace pintail::connect {
namespace {

using Json = nlohmann::ordered_json;

// Tells how far the parser has read.
class CountingIterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, const char** reached) : at_(at), reached_(reached) {}
    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        *reached_ = ++at_;
        return *this;
    }
    CountingIterator operator++(int) {
        auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

private:
    const char* at_;
    const char** reached_;
};

std::string describe(std::string_view text, size_t offset, const std::string& file) {
    const auto before = text.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto line_start = before.rfind('\n');
    const auto column = offset - (line_start == std::string_view::npos ? 0 : line_start + 1) + 1;
    return fmt::format("{}:{}:{}", file, line, column);
}

// Builds the value and notes where each part of it begins (for scalars: where it ends is near enough).
class Builder : public nlohmann::json_sax<Json> {
public:
    Builder(std::string_view text, const char*& reached, LocatedJson& out, std::vector<config::Problem>& problems)
        : text_(text), reached_(reached), out_(out), problems_(problems) {}

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(value); }
    bool binary(binary_t&) override { return false; }
    bool start_object(size_t) override { return open(Json::object()); }
    bool start_array(size_t) override { return open(Json::array()); }
    bool end_object() override { return close(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        key_ = name;
        const auto quoted = name.size() + 2;
        const auto offset = static_cast<size_t>(reached_ - text_.data());
        key_place_ = describe(text_, offset >= quoted ? offset - quoted : 0, out_.file);
        if (open_.back().value->contains(name))
            problems_.push_back({key_place_, fmt::format("\"{}\" stands twice in one object", name)});
        return true;
    }

    bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) override {
        std::string_view what =
            error.what();  // "[json.exception.parse_error.101] parse error at line …: what is wrong"
        if (const auto colon = what.find(": "); colon != std::string_view::npos) what = what.substr(colon + 2);
        problems_.push_back(
            {describe(text_, position ? position - 1 : 0, out_.file), fmt::format("is no valid JSON: {}", what)});
        return false;
    }

private:
    struct Open {
        Json* value;
        std::string pointer;
    };

    // Where the next value goes: its pointer is noted, its slot returned.
    Json* slot(std::string& pointer) {
        if (open_.empty()) {
            note("", describe(text_, 0, out_.file));
            return &out_.value;
        }
        auto& parent = open_.back();
        const bool array = parent.value->is_array();
        pointer = array ? child(parent.pointer, parent.value->size()) : child(parent.pointer, key_);
        note(pointer, array ? here() : key_place_);
        if (!array) return &(*parent.value)[key_];
        parent.value->push_back(nullptr);
        return &parent.value->back();
    }

    std::string here() const {
        const auto offset = static_cast<size_t>(reached_ - text_.data());
        return describe(text_, offset ? offset - 1 : 0, out_.file);
    }

    void note(const std::string& pointer, std::string place) { out_.places.emplace(pointer, std::move(place)); }

    bool add(Json value) {
        std::string pointer;
        *slot(pointer) = std::move(value);
        return true;
    }

    bool open(Json container) {
        std::string pointer;
        Json* at = slot(pointer);
        *at = std::move(container);
        open_.push_back({at, pointer});
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    std::string_view text_;
    const char*& reached_;
    LocatedJson& out_;
    std::vector<config::Problem>& problems_;
    std::vector<Open> open_;  // parents stay put while their children grow: only the innermost is appended to
    std::string key_;
    std::string key_place_;
};

}  // namespace

std::string LocatedJson::place(const std::string& pointer) const {
    const auto found = places.find(pointer);
    return found == places.end() ? file : found->second;
}

std::string child(const std::string& pointer, std::string_view key) {
    std::string out = pointer + "/";
    for (const char c : key) {
        if (c == '~') out += "~0";
        else if (c == '/') out += "~1";
        else out += c;
    }
    return out;
}

std::string child(const std::string& pointer, size_t index) {
    return pointer + "/" + std::to_string(index);
}

LocatedJson parse_located(std::string_view text, const std::string& file, std::vector<config::Problem>& problems) {
    LocatedJson located{file, nullptr, {}};
    const char* reached = text.data();
    const size_t known = problems.size();
    Builder builder(text, reached, located, problems);
    const CountingIterator begin(text.data(), &reached);
    const CountingIterator end(text.data() + text.size(), &reached);
    Json::sax_parse(begin, end, &builder);
    if (problems.size() > known) located.value = nullptr;
    return located;
}

}  // namespace pintail::connect
