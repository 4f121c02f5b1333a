// Queries of the control socket and of `pintail query`, answered by a TargetReader.
#pragma once

#include <chrono>
#include <functional>

#include "duck/target_reader.hpp"
#include "serve/query.hpp"

namespace pintail::cli {

// A handler that asks a new reader for every query. `open` is called on the thread of the query. `patience`:
// how long it is asked again while a loader leaves no memory or has the target opened anew, as long as nothing of the
// answer has gone.
serve::QueryHandler query_handler(std::function<duck::TargetReader()> open, std::chrono::seconds patience = {});

}  // namespace pintail::cli
