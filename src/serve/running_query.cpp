#include "serve/running_query.hpp"

#include <fmt/format.h>

#include "serve/result_lines.hpp"

namespace pintail::serve {
namespace {

// Enough to keep both sides busy; what a reader that stands still costs at most.
constexpr size_t kAnswerBytes = 1 << 20;
// Rows are handed over in pieces of about this size: one lock per piece, not per row.
constexpr size_t kPieceBytes = 16 << 10;

class LineSink : public ResultSink {
public:
    LineSink(BytePipe& pipe, std::stop_token stop) : pipe_(pipe), stop_(std::move(stop)) {}

    void columns(const std::vector<ResultColumn>& columns) override {
        piece_ += columns_line(columns);
        hand_over();
    }
    bool row(std::span<const Cell> cells) override {
        append_row_line(piece_, cells);
        return piece_.size() < kPieceBytes ? !stop_.stop_requested() : hand_over();
    }
    void flush() override { hand_over(); }
    void finish(const ResultEnd& end) override {
        piece_ += end_line(end);
        finished_ = true;
    }

    bool finished() const { return finished_; }
    std::string take_rest() { return std::move(piece_); }

private:
    bool hand_over() {
        const bool taken = pipe_.write(piece_, stop_);
        piece_.clear();
        return taken;
    }

    BytePipe& pipe_;
    std::stop_token stop_;
    std::string piece_;
    bool finished_ = false;
};

}  // namespace

RunningQuery::RunningQuery(Work to_do, std::chrono::milliseconds timeout)
    : work_(std::move(to_do)), timeout_(timeout), answer_(kAnswerBytes) {
    if (timeout_.count() > 0) deadline_ = std::chrono::steady_clock::now() + timeout_;
    thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

std::string RunningQuery::read(std::chrono::milliseconds patience) {
    if (deadline_ && std::chrono::steady_clock::now() > *deadline_)
        stop(Error(
            ErrorKind::usage,
            fmt::format("stopped after {} ms: the query's time limit (--timeout, or timeout_ms)", timeout_.count())));
    return answer_.read(patience);
}

void RunningQuery::stop(const Error& reason) {
    {
        const std::lock_guard lock(mutex_);
        if (!stopped_for_) stopped_for_ = reason;
    }
    thread_.request_stop();
}

void RunningQuery::work(std::stop_token stop) {
    answer_.close(outcome(std::move(stop)));
}

std::string RunningQuery::outcome(std::stop_token stop) {
    LineSink sink(answer_, stop);
    std::optional<Error> failure;
    try {
        work_(sink, stop);
    } catch (const Error& error) {
        failure = error;
    } catch (const std::exception& error) {
        failure = Error(ErrorKind::internal, error.what());
    }
    if (!failure && sink.finished()) return sink.take_rest();
    const std::lock_guard lock(mutex_);
    if (stopped_for_) failure = stopped_for_;  // what the stopped query says is only its consequence
    if (!failure) failure = Error(ErrorKind::internal, "the query ended without its end");
    return sink.take_rest() + error_line(*failure);
}

}  // namespace pintail::serve
