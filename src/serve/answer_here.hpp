// The same answer without a server: for a file that nobody writes.
#pragma once

#include "serve/query.hpp"

namespace pintail::serve {

// Runs the request on a thread of its own and replays the answer to `sink` on the calling one, so that max_rows,
// timeout and errors are as they are over the socket.
void answer_here(const QueryHandler& handler, const QueryRequest& request, ResultSink& sink);

}  // namespace pintail::serve
