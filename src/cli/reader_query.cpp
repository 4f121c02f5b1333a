#include "cli/reader_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "cli/interrupter.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "duck/out_of_memory.hpp"

namespace pintail::cli {
namespace {

std::vector<serve::ResultColumn> as_served(const std::vector<duck::ResultColumn>& columns) {
    std::vector<serve::ResultColumn> served;
    for (const duck::ResultColumn& column : columns) served.push_back({column.name, column.type});
    return served;
}

// Of a row as text, without what an encoding adds.
uint64_t text_bytes(const duck::TextCells& cells) {
    uint64_t bytes = 0;
    for (const auto& cell : cells) bytes += cell ? cell->size() : 0;
    return bytes;
}

[[noreturn]] void refuse_size(uint64_t most, uint64_t rows) {
    throw Error(ErrorKind::usage,
                fmt::format("the answer is larger than {} bytes, reached after {}: ask for less, or raise the limit "
                            "(--max-bytes, or max_bytes; 0: none)",
                            most, counted(rows, "row")));
}

void answer(duck::TargetReader& reader, const serve::QueryRequest& request, serve::ResultSink& sink,
            const std::stop_token& stop) {
    serve::ResultEnd end;
    uint64_t bytes = 0;
    bool wanted = true;
    const Interrupter interrupter([&reader] { reader.interrupt(); }, stop);
    reader.query(
        request.sql, [&](const auto& columns) { sink.columns(as_served(columns)); },
        [&](const duck::TextCells& cells) {
            end.truncated = request.max_rows != 0 && end.rows == request.max_rows;
            if (end.truncated) return false;
            bytes += text_bytes(cells);
            if (request.max_bytes != 0 && bytes > request.max_bytes) refuse_size(request.max_bytes, end.rows);
            ++end.rows;
            wanted = sink.row(cells);
            return wanted;
        });
    if (wanted) sink.finish(end);
}

// Passes on an answer, and remembers that some of it has gone.
class WatchedSink : public serve::ResultSink {
public:
    explicit WatchedSink(serve::ResultSink& to) : to_(to) {}

    void columns(const std::vector<serve::ResultColumn>& columns) override {
        begun_ = true;
        to_.columns(columns);
    }
    bool row(std::span<const serve::Cell> cells) override { return to_.row(cells); }
    void flush() override { to_.flush(); }
    void finish(const serve::ResultEnd& end) override { to_.finish(end); }

    bool begun() const { return begun_; }

private:
    serve::ResultSink& to_;
    bool begun_ = false;
};

// The loader has all of DuckDB's memory for a moment, or has the target opened anew with more: not the question's
// fault.
bool may_pass(const Error& error) {
    return error.transient() || dynamic_cast<const duck::OutOfMemory*>(&error) != nullptr;
}

constexpr std::chrono::milliseconds kPause{50};

// A table that is asked for may be one that is copied just now.
[[noreturn]] void fail(const Error& error, const std::function<duck::TargetReader()>& open) {
    const std::string what = error.what();
    if (what.find("does not exist") == std::string::npos) throw error;
    const auto tables = open().status().tables;
    if (std::all_of(tables.begin(), tables.end(), [](const auto& table) { return table.shown; })) throw error;
    throw Error(error.kind(),
                what + "\nTables that are copied for the first time are not shown yet: pintail status lists them");
}

}  // namespace

serve::QueryHandler query_handler(std::function<duck::TargetReader()> open, std::chrono::seconds patience) {
    return [open = std::move(open), patience](const serve::QueryRequest& request, serve::ResultSink& sink,
                                              std::stop_token stop) {
        WatchedSink watched(sink);
        for (const auto deadline = std::chrono::steady_clock::now() + patience;;) {
            try {
                duck::TargetReader reader = open();
                return answer(reader, request, watched, stop);
            } catch (const Error& error) {
                const bool again =
                    !watched.begun() && !stop.stop_requested() && std::chrono::steady_clock::now() < deadline;
                if (!again || !may_pass(error)) fail(error, open);
            }
            std::this_thread::sleep_for(kPause);  // without a reader: the target cannot be opened anew beside one
        }
    };
}

}  // namespace pintail::cli
