// A question to a target and its answer as it comes, row by row: the same for the file and for a running pintail.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace pintail::serve {

// What a query that says nothing about it may take, so that a forgotten one does not hold up the running pintail: a
// query keeps old versions of rows alive, and a slot of kMostQueries.
inline constexpr std::chrono::minutes kDefaultTimeout{5};
inline constexpr uint64_t kDefaultMaxBytes = 1 << 30;

struct QueryRequest {
    std::string sql;
    uint64_t max_rows = 0;                               // 0: all
    std::chrono::milliseconds timeout{kDefaultTimeout};  // from the question to the end of the answer; 0: none
    uint64_t max_bytes = kDefaultMaxBytes;               // of the answer's texts; 0: any
};

struct ResultColumn {
    std::string name;
    std::string type;  // DuckDB's name of it: "DECIMAL(12,2)"
};

// nullopt: SQL NULL. Any other cell is DuckDB's own text of the value, valid UTF-8.
using Cell = std::optional<std::string_view>;

struct ResultEnd {
    uint64_t rows = 0;
    bool truncated = false;  // there were more than max_rows
};

// Takes a result: columns() once, then row() for each, then finish() if all went well. One thread.
class ResultSink {
public:
    virtual ~ResultSink() = default;

    virtual void columns(const std::vector<ResultColumn>& columns) = 0;
    // The cells are borrowed for the call. false: no more rows are wanted.
    virtual bool row(std::span<const Cell> cells) = 0;
    // Rows are gathered on their way; these are not to wait for others.
    virtual void flush() {}
    virtual void finish(const ResultEnd& end) = 0;
};

// Answers a request on the calling thread; failures are thrown as Error. It must return (or throw) soon after `stop`
// was requested. It serves max_rows and max_bytes; the deadline is kept by whoever holds the stop_source.
using QueryHandler = std::function<void(const QueryRequest&, ResultSink&, std::stop_token stop)>;

// Does what a command asks of a running pintail, under the same rules; `request` is the command's own JSON, and each
// row of the answer is one JSON text.
using TaskHandler = std::function<void(const std::string& request, ResultSink&, std::stop_token stop)>;

}  // namespace pintail::serve
