// Queries of the control socket and of `pintail query`, answered by a TargetReader.
#pragma once

#include <functional>

#include "duck/target_reader.hpp"
#include "serve/query.hpp"

namespace pintail::cli {

// A handler that asks a new reader for every query. `open` is called on the thread of the query.
serve::QueryHandler query_handler(std::function<duck::TargetReader()> open);

}  // namespace pintail::cli
