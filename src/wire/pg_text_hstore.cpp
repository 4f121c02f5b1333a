// hstore as hstore_out writes it ("k"=>"v", "n"=>NULL), kept as the JSON object that Debezium makes of it
// (https://www.postgresql.org/docs/current/hstore.html).
#include <string>

#include "wire/json_string.hpp"
#include "wire/pg_cell_decoders.hpp"

namespace pintail::wire {
namespace {

struct Text {
    std::string_view left;

    bool take(std::string_view word) {
        if (!left.starts_with(word)) return false;
        left.remove_prefix(word.size());
        return true;
    }

    bool take_quoted(std::string& to) {
        to.clear();
        if (!take("\"")) return false;
        for (; !left.empty() && left[0] != '"'; left.remove_prefix(1)) {
            if (left[0] == '\\') left.remove_prefix(1);
            if (!left.empty()) to += left[0];
        }
        return take("\"");
    }
};

}  // namespace

void text_to_hstore(const PgCellPlan& plan, std::string_view value, Arena& arena, Column& column) {
    Text in{value};
    std::string json = "{", part;
    while (!in.left.empty()) {
        if (json.size() > 1 && !in.take(", ")) throw unfit(plan, "no hstore");
        if (!in.take_quoted(part) || !in.take("=>")) throw unfit(plan, "no hstore");
        json += (json.size() > 1 ? "," : "") + json_quoted(part) + ":";
        if (in.take("NULL")) json += "null";
        else if (in.take_quoted(part)) json += json_quoted(part);
        else throw unfit(plan, "no hstore");
    }
    text_to_string(plan, json + "}", arena, column);
}

}  // namespace pintail::wire
