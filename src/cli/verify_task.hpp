// `pintail verify` inside the process that writes the target.
//
// Takes {"tables":["public.orders"],"repair":false,"values":false}; no tables: all. Rows of the answer, in this order:
//   {"event":"standing","lsn":"0/19","tables":3}       both sides are pinned, and the stream goes on
//                                                     (again for the tables behind one that DuckDB had no memory for)
//   {"event":"table", …}                              one per table (docs/verify.md has the fields)
//   {"event":"repairing","table":"…","rows":2}         rows, or what resync_task() tells of whole tables; then the
//   lines above
//                                                     again for those tables
//   {"event":"end","equal":true}
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "cli/control_service.hpp"
#include "core/column_policy.hpp"
#include "serve/query.hpp"
#include "source/source_requests.hpp"

namespace pintail::cli {

struct VerifyTaskOptions {
    std::string source_url;
    std::string publication;
    ColumnPolicies policies;
    std::function<bool(const TableName&)> wants_table;  // empty: all
};

serve::TaskHandler verify_task(VerifyTaskOptions options, std::shared_ptr<source::SourceRequests> requests,
                               OpenReader open_reader);

// A sink stands at no commit of the source: Error(usage).
void refuse_verify_of_topics(const std::string& request, serve::ResultSink& sink, std::stop_token stop);

}  // namespace pintail::cli
