#include "cli/resync_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "cli/json_events.hpp"
#include "cli/table_request.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr milliseconds kLook{200};  // at the stop and at the target

bool is_whole(const duck::TableStatus& table) {
    return table.shown && !table.snapshot_open && table.snapshot_lsn;
}

// Tells of each table that is whole again. The target is what says so, as it does through any reconnection of the
// source.
void tell_whole(const duck::TargetStatus& status, std::set<TableName>& missing,
                const std::function<void(const json&)>& tell) {
    for (const duck::TableStatus& table : status.tables) {
        if (!is_whole(table) || missing.erase(table.name) == 0) continue;
        tell({{"event", "copied"},
              {"table", to_string(table.name)},
              {"rows", table.rows},
              {"lsn", to_string(Lsn{*table.snapshot_lsn})}});
    }
}

// Nothing brings them: a table that has got another name is followed under that one.
void refuse_lost(const duck::TargetStatus& status, const std::set<TableName>& missing) {
    for (const TableName& name : missing) {
        const auto found = std::find_if(status.tables.begin(), status.tables.end(),
                                        [&](const auto& table) { return table.name == name; });
        if (found != status.tables.end() && found->not_followed != source::kGone) continue;
        throw Error(
            ErrorKind::source,
            fmt::format(
                "table {} is not copied again: before its copy was made the source has renamed or dropped it, or "
                "publishes it no more; `pintail status` lists what is followed",
                to_string(name)));
    }
}

}  // namespace

void resync_tables(source::SourceRequests& requests, const OpenReader& open_reader,
                   const std::vector<TableName>& tables, const std::stop_token& stop,
                   const std::function<void(const json&)>& tell) {
    auto request = std::make_shared<source::ResyncRequest>();
    request->tables = tables;
    auto noted = request->noted.get_future();
    requests.post(std::move(request));
    wait_until_noted(noted, stop);
    tell({{"event", "noted"}});
    for (std::set<TableName> missing(tables.begin(), tables.end());;) {
        if (stop.stop_requested()) throw Error(ErrorKind::source, "nobody waits for it any more; the copy goes on");
        const duck::TargetStatus status = open_reader().status();
        tell_whole(status, missing, tell);
        if (missing.empty()) return;
        refuse_lost(status, missing);
        std::this_thread::sleep_for(kLook);
    }
}

serve::TaskHandler resync_task(std::shared_ptr<source::SourceRequests> requests, OpenReader open_reader) {
    return [requests = std::move(requests), open_reader = std::move(open_reader)](
               const std::string& body, serve::ResultSink& sink, const std::stop_token& stop) {
        const auto tables = tables_of_request("resync", body);
        sink.columns({{"event", "JSON"}});
        resync_tables(*requests, open_reader, tables, stop, [&](const json& event) { tell_event(sink, event); });
        sink.finish({});
    };
}

void explain_resync_of_topics() {
    throw Error(ErrorKind::usage,
                "the target follows Kafka topics, and what is in them is Debezium's to send again. Either insert an "
                "execute-snapshot signal (type "
                "incremental) for the table into the connector's signal table: its rows come again and are put over "
                "those of the target, but rows that "
                "only the target has stay. Or make the connector anew (pintail connectors delete and register): its "
                "snapshot replaces the tables whole");
}

void refuse_resync_of_topics(const std::string&, serve::ResultSink&, std::stop_token) {
    explain_resync_of_topics();
}

}  // namespace pintail::cli
