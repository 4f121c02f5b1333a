#include "cli/reader_query.hpp"

#include <fmt/format.h>

#include "cli/interrupter.hpp"
#include "core/error.hpp"

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
    throw Error(
        ErrorKind::usage,
        fmt::format("the answer is larger than {} bytes, reached after {} rows: ask for less, or raise the limit "
                    "(--max-bytes, or max_bytes; 0: none)",
                    most, rows));
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

}  // namespace

serve::QueryHandler query_handler(std::function<duck::TargetReader()> open) {
    return [open = std::move(open)](const serve::QueryRequest& request, serve::ResultSink& sink, std::stop_token stop) {
        duck::TargetReader reader = open();
        answer(reader, request, sink, stop);
    };
}

}  // namespace pintail::cli
