// `pintail resync` inside the process that writes the target: has the source copy tables again and tells how it goes.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/control_service.hpp"
#include "core/table_schema.hpp"
#include "serve/query.hpp"
#include "source/source_requests.hpp"

namespace pintail::cli {

// Has the tables copied again and waits until all are whole; tells of it as resync_task() does.
void resync_tables(source::SourceRequests& requests, const OpenReader& open_reader,
                   const std::vector<TableName>& tables, const std::stop_token& stop,
                   const std::function<void(const nlohmann::json&)>& tell);

// Takes {"tables":["public.orders"]}. Rows: {"event":"noted"} once the target remembers it, so that nothing ends it any
// more; {"event":"copied","table":"public.orders","rows":3,"lsn":"0/19"} for each; then it is done. Whoever asked may
// go away: the copies go on.
serve::TaskHandler resync_task(std::shared_ptr<source::SourceRequests> requests, OpenReader open_reader);

// Topics are copied again by Debezium: Error(usage) says how.
[[noreturn]] void explain_resync_of_topics();
void refuse_resync_of_topics(const std::string& request, serve::ResultSink& sink, std::stop_token stop);

}  // namespace pintail::cli
