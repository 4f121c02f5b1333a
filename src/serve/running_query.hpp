// A query (or another task) at work on a thread of its own, its answer (result_lines.hpp) readable piece by piece.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "core/error.hpp"
#include "serve/byte_pipe.hpp"
#include "serve/query.hpp"

namespace pintail::serve {

class RunningQuery {
public:
    using Work = std::function<void(ResultSink&, std::stop_token)>;

    // timeout 0: none.
    RunningQuery(Work to_do, std::chrono::milliseconds timeout);
    // Stops the query and waits for its thread.
    ~RunningQuery() = default;
    RunningQuery(const RunningQuery&) = delete;
    RunningQuery& operator=(const RunningQuery&) = delete;

    // The next bytes of the answer; none within `patience`: empty. Stops a query that is past its timeout.
    std::string read(std::chrono::milliseconds patience);
    bool finished() const { return answer_.drained(); }

    // The answer's last line becomes an error with this reason. Any thread; the first reason counts.
    void stop(const Error& reason);

private:
    void work(std::stop_token stop);
    std::string outcome(std::stop_token stop);

    const Work work_;
    const std::chrono::milliseconds timeout_;
    std::optional<std::chrono::steady_clock::time_point> deadline_;
    BytePipe answer_;
    std::mutex mutex_;
    std::optional<Error> stopped_for_;
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace pintail::serve
