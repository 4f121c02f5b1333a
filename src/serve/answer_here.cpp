#include "serve/answer_here.hpp"

#include "serve/result_lines.hpp"
#include "serve/running_query.hpp"

namespace pintail::serve {

void answer_here(const QueryHandler& handler, const QueryRequest& request, ResultSink& sink) {
    // Between two looks at the clock for the timeout.
    constexpr std::chrono::milliseconds kPulse{50};
    RunningQuery query([&](ResultSink& to, std::stop_token stop) { handler(request, to, std::move(stop)); },
                       request.timeout);
    ResultReader reader(sink);
    while (!reader.complete()) reader.take(query.read(kPulse));
}

}  // namespace pintail::serve
