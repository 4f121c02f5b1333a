// The answer to a query as it travels over the control socket: one JSON value per line.
//
//   {"columns":[{"name":"id","type":"INTEGER"},…]}
//   ["1","Ada",null]                                    a row; cells are texts or null
//   {"end":{"rows":1,"truncated":false}}                or
//   {"error":{"kind":"data","message":"…","transient":false}}
//
// Empty lines say that the server is still at work. An answer without its last line was cut off.
#pragma once

#include <string>
#include <string_view>

#include "core/error.hpp"
#include "serve/query.hpp"

namespace pintail::serve {

// Appends `text` as a JSON string, quotes included. `text` must be valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

// Each ends with a newline.
std::string columns_line(const std::vector<ResultColumn>& columns);
void append_row_line(std::string& out, std::span<const Cell> cells);
std::string end_line(const ResultEnd& end);
std::string error_line(const Error& error);

// Takes the bytes of an answer, in pieces of any size, and replays it to a sink. An error line is thrown as Error.
class ResultReader {
public:
    explicit ResultReader(ResultSink& sink) : sink_(sink) {}

    // false: the sink wants no more.
    bool take(std::string_view bytes);
    // The answer was read to its end, or the sink wanted no more.
    bool complete() const { return complete_; }

private:
    bool take_line(std::string_view line);

    ResultSink& sink_;
    std::string partial_;
    bool complete_ = false;
};

}  // namespace pintail::serve
