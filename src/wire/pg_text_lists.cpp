// Arrays as array_out writes them (https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO).
#include <string>

#include "wire/pg_cell_decoders.hpp"

namespace pintail::wire {
namespace {

// The characters of a quoted element, up to and with its closing quote.
std::string read_quoted(std::string_view text, size_t& at, const PgCellPlan& plan) {
    std::string element;
    for (++at; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\') ++at;
        if (at < text.size()) element += text[at];
    }
    if (at >= text.size()) throw unfit(plan, "an element without its closing quote");
    ++at;
    return element;
}

void push_element(const PgCellPlan& plan, std::string_view text, size_t& at, Arena& arena, Column& child) {
    const PgCellPlan& element = *plan.element;
    if (text[at] == '"') return element.from_text(element, read_quoted(text, at, plan), arena, child);
    if (text[at] == '{') throw beyond(plan, "it has more than one dimension");
    const size_t end = text.find_first_of(plan.delimiter, at);
    const std::string_view bare = text.substr(at, (end == std::string_view::npos ? text.size() : end) - at);
    at += bare.size();
    if (bare == "NULL") child.push_null();
    else element.from_text(element, bare, arena, child);
}

}  // namespace

void text_to_list(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    if (value.starts_with('[')) throw beyond(plan, "its first index is not 1");
    if (value.size() < 2 || value.front() != '{' || value.back() != '}') throw unfit(plan, "no array");
    const std::string_view inside = value.substr(1, value.size() - 2);
    uint64_t length = 0;
    for (size_t at = 0; at < inside.size(); ++length) {
        push_element(plan, inside, at, arena, column.child(0));
        if (at == inside.size()) continue;
        if (inside[at] != plan.delimiter || ++at == inside.size()) throw unfit(plan, "no array");
    }
    column.push_list(length);
}

}  // namespace pintail::wire
