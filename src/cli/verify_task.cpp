#include "cli/verify_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/interrupter.hpp"
#include "cli/json_events.hpp"
#include "cli/resync_task.hpp"
#include "cli/table_request.hpp"
#include "cli/verify_report.hpp"
#include "cli/verify_sides.hpp"
#include "cli/verify_tables.hpp"
#include "core/error.hpp"
#include "duck/out_of_memory.hpp"
#include "postgres/catalog.hpp"
#include "postgres/sqlstate.hpp"
#include "source/row_repair.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;
using Published = std::map<TableName, postgres::PublishedTable>;

// More than these are for a copy of the whole table: the stream waits while they are fetched.
constexpr size_t kMostRepaired = 50'000;

struct Request {
    std::set<TableName> tables;  // empty: all
    bool repair = false;
    bool values = false;
};

Request parse(const std::string& text) {
    const json body = json::parse(text, nullptr, false);
    if (!body.is_object())
        throw Error(ErrorKind::usage,
                    R"(verify is asked for as JSON: {"tables": [], "repair": false, "values": false})");
    Request request;
    for (const json& name : body.value("tables", json::array()))
        request.tables.insert(parse_table_name(name.is_string() ? name.get<std::string>() : ""));
    request.repair = body.value("repair", false);
    request.values = body.value("values", false);
    return request;
}

// What is to be made good, by table: rows of these keys, or the whole table.
struct Repairs {
    std::map<TableName, std::vector<std::vector<std::string>>> keys;
    std::vector<TableName> whole;

    bool empty() const { return keys.empty() && whole.empty(); }
};

// Of a history the wrong version has to be closed and the right one to begin: that is what a copy of the table does.
void note_repair(const TargetTableName& table, const TableReport& report, Repairs& repairs) {
    if (!report.comparison || report.comparison->equal()) return;
    const auto& rows = report.comparison->rows;
    if (report.key.empty() || table.mode == "history" || report.comparison->chunks_not_looked_at > 0 ||
        rows.size() > kMostRepaired) {
        repairs.whole.push_back(table.source);
        return;
    }
    for (const auto& row : rows) repairs.keys[table.source].push_back(row.key);
}

class Verification {
public:
    Verification(const VerifyTaskOptions& options, source::SourceRequests& requests, const OpenReader& open_reader,
                 const Request& request, serve::ResultSink& sink, const std::stop_token& stop)
        : options_(options),
          requests_(requests),
          open_reader_(open_reader),
          request_(request),
          sink_(sink),
          stop_(stop) {}

    void run() {
        const Repairs repairs = compare(request_.tables, {});
        if (request_.repair && !repairs.empty()) repair(repairs);
        tell({{"event", "end"}, {"equal", wrong_.empty()}});
    }

private:
    void tell(const json& event) { tell_event(sink_, event); }

    // Compares what was asked for; `steps` are applied at the place where both sides stand. What is left to be
    // repaired.
    Repairs compare(const std::set<TableName>& wanted, StepsAt steps) {
        Repairs repairs;
        std::set<TableName> done;
        while (!compare_rest(wanted, steps, done, repairs)) steps = {};
        return repairs;
    }

    // false: DuckDB has ended the target's transaction on the way, the rest is for another place.
    bool compare_rest(const std::set<TableName>& wanted, const StepsAt& steps, std::set<TableName>& done,
                      Repairs& repairs) {
        const StandingSides standing = stand_together(options_.source_url, requests_, open_reader_, steps, stop_);
        const auto sides = standing.sides;
        const Interrupter interrupter([sides] { sides->interrupt(); }, stop_);
        auto tables = wanted_tables(*sides, wanted);
        std::erase_if(tables, [&](const auto& table) { return done.contains(table.source); });
        const auto published = published_tables(*sides);
        tell({{"event", "standing"}, {"lsn", to_string(standing.at)}, {"tables", tables.size()}});
        for (const auto& table : tables) {
            if (stop_.stop_requested()) throw Error(ErrorKind::source, "nobody waits for it any more");
            bool pinned = true;
            const TableReport report = compare_table(*sides, table, published, pinned);
            done.insert(table.source);
            // Whoever has named it wants to hear of its rows.
            const bool fine = report.comparison ? report.comparison->equal() : report.kept_only && wanted.empty();
            if (fine) wrong_.erase(table.source);
            else wrong_.insert(table.source);
            note_repair(table, report, repairs);
            tell(report_json(report, request_.values));
            if (!pinned) return &table == &tables.back();
        }
        return true;
    }

    std::vector<TargetTableName> wanted_tables(VerifySides& sides, const std::set<TableName>& wanted) const {
        auto tables = shown_tables(sides.target_snapshot());
        for (const TableName& name : wanted) {
            if (std::any_of(tables.begin(), tables.end(), [&](const auto& table) { return table.source == name; }))
                continue;
            refuse_unknown_table(name);
        }
        if (!wanted.empty()) std::erase_if(tables, [&](const auto& table) { return !wanted.contains(table.source); });
        return tables;
    }

    Published published_tables(VerifySides& sides) const {
        Published tables;
        const auto publications = postgres::find_publication(sides.source(), options_.publication).names;
        for (auto& table : postgres::published_tables(sides.source(), publications)) tables.emplace(table.name, table);
        return tables;
    }

    // The table's lock at the source goes with the savepoint, before the next one is taken. `pinned` becomes false
    // where the target's side cannot be read any more.
    TableReport compare_table(VerifySides& sides, const TargetTableName& table, const Published& published,
                              bool& pinned) const {
        const auto begun = Clock::now();
        TableReport report{to_string(table.source), table.target_name};
        const auto here = published.find(table.source);
        report.why_not = why_kept_only(sides, table, here != published.end());
        report.kept_only = !report.why_not.empty();
        if (report.kept_only) return report;
        if (here == published.end()) return report.why_not = "it is not published any more", report;
        sides.source().exec("SAVEPOINT one_table");
        try {
            PlannedTable planned = plan_table(sides, table, here->second);
            report.why_not = planned.why_not;
            if (planned.plan) {
                report.key = planned.plan->key();
                report.left_out = planned.plan->left_out();
                report.comparison =
                    verify::compare(*planned.plan, sides.source_snapshot(), sides.target_snapshot(), table.rows, {});
            }
        } catch (const postgres::SqlError& problem) {
            if (!is_gone(problem)) throw;
            report.why_not = "its shape changed at the source meanwhile: verify again";
        } catch (const duck::OutOfMemory&) {
            pinned = false;
            report.why_not =
                "its longest rows need more memory than DuckDB gets: give the pintail that writes the target a larger "
                "--memory-limit (default: 128MiB)";
        }
        sides.source().exec("ROLLBACK TO SAVEPOINT one_table; RELEASE SAVEPOINT one_table");
        report.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
        return report;
    }

    // A table that the run has left behind, as somebody wanted; empty: it is none.
    std::string why_kept_only(VerifySides& sides, const TargetTableName& table, bool published) const {
        if (table.followed || table.quarantined) return "";
        if (options_.wants_table && !options_.wants_table(table.source)) return "left out by --tables and --exclude";
        const bool there = published || postgres::describe_table(sides.source(), table.source);
        return there ? "" : "dropped at the source";
    }

    // Undefined table, column or schema.
    static bool is_gone(const postgres::SqlError& problem) {
        return problem.is_any_of({postgres::sqlstate::kUndefinedTable, postgres::sqlstate::kUndefinedColumn,
                                  postgres::sqlstate::kInvalidSchemaName});
    }

    // Rows by their keys as of a new snapshot, applied where the target stands at it; then both are compared there.
    void repair(const Repairs& repairs) {
        std::set<TableName> again;
        for (const auto& [name, keys] : repairs.keys) again.insert(name);
        if (!repairs.whole.empty()) {
            resync_tables(requests_, open_reader_, repairs.whole, stop_, [&](const json& event) { tell(event); });
            again.insert(repairs.whole.begin(), repairs.whole.end());
        }
        const StepsAt steps = [keys = repairs.keys, publication = options_.publication,
                               policies = options_.policies](VerifySides& sides) {
            std::vector<Step> all;
            const auto publications = postgres::find_publication(sides.source(), publication).names;
            for (const auto& table : postgres::published_tables(sides.source(), publications)) {
                const auto wanted = keys.find(table.name);
                if (wanted == keys.end()) continue;
                for (Step& step : source::repair_rows(sides.source(), table, wanted->second, policies))
                    all.push_back(std::move(step));
            }
            return all;
        };
        for (const auto& [name, keys] : repairs.keys)
            tell({{"event", "repairing"}, {"table", to_string(name)}, {"rows", keys.size()}});
        compare(again, repairs.keys.empty() ? StepsAt{} : steps);
    }

    const VerifyTaskOptions& options_;
    source::SourceRequests& requests_;
    const OpenReader& open_reader_;
    const Request& request_;
    serve::ResultSink& sink_;
    const std::stop_token& stop_;
    std::set<TableName> wrong_;  // as the last comparison of each left it: different, or not compared
};

}  // namespace

void refuse_verify_of_topics(const std::string&, serve::ResultSink&, std::stop_token) {
    throw Error(ErrorKind::usage,
                "the target follows Kafka topics, which come table by table: it stands at no commit of the source, so "
                "there is nothing to compare "
                "it with while both live. A target of `pintail run` can be verified");
}

serve::TaskHandler verify_task(VerifyTaskOptions options, std::shared_ptr<source::SourceRequests> requests,
                               OpenReader open_reader) {
    return [options = std::move(options), requests = std::move(requests), open_reader = std::move(open_reader)](
               const std::string& body, serve::ResultSink& sink, const std::stop_token& stop) {
        const Request request = parse(body);
        sink.columns({{"event", "JSON"}});
        Verification(options, *requests, open_reader, request, sink, stop).run();
        sink.finish({});
    };
}

}  // namespace pintail::cli
