#include "cli/quarantine_work.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "log/log.hpp"
#include "source/source_requests.hpp"

namespace pintail::cli {
namespace {

using Json = nlohmann::ordered_json;

// Messages at a time: a bound for memory.
constexpr size_t kPage = 5000;

// Of a table that is not followed the snapshot's rest waits with all others: it is no copy under way.
void refuse_open_snapshots(const StoredState& state) {
    for (const StoredTable& table : state.tables) {
        if (!table.snapshot_open || !table.quarantined.empty()) continue;
        throw Error(ErrorKind::destination,
                    fmt::format("table {} is being copied: try again when it is whole (pintail status)",
                                to_string(table.schema->name)),
                    true);
    }
}

void note(GivenUp& run, const QuarantinedMessage& message) {
    run.first_offset = run.messages == 0 ? message.offset : std::min(run.first_offset, message.offset);
    run.last_offset = std::max(run.last_offset, message.offset);
    ++run.messages;
}

void note_given_up(std::vector<GivenUp>& all, const QuarantinedMessage& message) {
    auto run = std::find_if(all.begin(), all.end(), [&](const GivenUp& one) {
        return one.topic == message.topic && one.table == message.table;
    });
    if (run == all.end()) run = all.insert(all.end(), GivenUp{message.topic, message.table});
    note(*run, message);
}

// A table that is not followed: whether it may be again, and its replay.
struct WaitingTable {
    std::unique_ptr<source::QuarantineReplay> replay;
    bool refused = false;
};

// One order at work on one target.
class Work {
public:
    Work(duck::DuckDestination& target, const source::AssemblerOptions& options, const QuarantineOrder& order)
        : target_(target), options_(options), order_(order), before_(target.recover()), replay_(options, before_) {}

    QuarantineOutcome run() {
        const bool retry = order_.action == QuarantineAction::retry;
        if (retry) refuse_open_snapshots(before_);
        duck::QuarantineSelection selection = order_.selection;
        selection.whole_keys = retry;
        if (retry) {
            for (const WaitingTopic& one : before_.waiting_topics) selection.whole_topics.push_back(one.topic);
            expect_chosen_tables();
        }
        int64_t after = 0;
        for (auto page = target_.quarantined(selection, after, kPage); !page.empty();
             page = target_.quarantined(selection, after, kPage)) {
            after = page.back().id;
            outcome_.selected += page.size();
            if (retry) retry_page(page);
            else drop_page(page);
        }
        if (outcome_.selected == 0 && tables_.empty()) refuse_nothing();
        follow_again();
        outcome_.freed_keys = freed_keys();
        return std::move(outcome_);
    }

private:
    // One of which nothing waits can be followed again, too.
    void expect_chosen_tables() {
        const duck::QuarantineSelection& chosen = order_.selection;
        const bool all = chosen.ids.empty() && chosen.table.empty() && chosen.topic.empty();
        for (const StoredTable& table : before_.tables) {
            if (!table.quarantined.empty() && (all || to_string(table.schema->name) == chosen.table))
                waiting_table(table.schema->name);
        }
    }

    [[noreturn]] void refuse_nothing() const {
        for (const StoredTable& table : before_.tables) {
            const std::string name = to_string(table.schema->name);
            if (table.quarantined.empty() || name != order_.selection.table) continue;
            throw Error(
                ErrorKind::usage,
                fmt::format("table {} is in quarantine as a whole, and no message of it waits there: there is "
                            "nothing to give up. To have it followed again: pintail quarantine retry --table {}",
                            name, shell_word(name)));
        }
        throw Error(ErrorKind::usage, "nothing in quarantine fits (pintail quarantine list shows what there is)");
    }

    WaitingTable& waiting_table(const TableName& name) {
        const auto found = tables_.find(name);
        if (found != tables_.end()) return found->second;
        source::AssemblerOptions options = options_;
        options.whole_table = true;
        return tables_.emplace(name, WaitingTable{std::make_unique<source::QuarantineReplay>(options, before_)})
            .first->second;
    }

    const TableName* waiting_table_of(const QuarantinedMessage& message) const {
        for (const WaitingTopic& one : before_.waiting_topics) {
            if (one.topic == message.topic) return &one.table;
        }
        return nullptr;
    }

    void retry_page(const std::vector<QuarantinedMessage>& page) {
        std::vector<QuarantinedMessage> single;
        std::map<TableName, std::vector<QuarantinedMessage>> of_tables;
        for (const QuarantinedMessage& message : page) {
            const TableName* table = waiting_table_of(message);
            (table != nullptr ? of_tables[*table] : single).push_back(message);
        }
        for (Batch& batch : replay_.replay(single)) release(std::move(batch));
        note_failures(replay_);
        for (const auto& [name, messages] : of_tables) retry_table(waiting_table(name), messages);
    }

    void retry_table(WaitingTable& table, const std::vector<QuarantinedMessage>& messages) {
        if (table.refused) return;
        for (Batch& batch : table.replay->replay(messages)) {
            const int64_t first = batch.released.empty() ? messages.front().id : batch.released.front();
            try {
                release(std::move(batch));
            } catch (const TableQuarantined& problem) {
                table.refused = true;
                outcome_.failures.push_back({first, problem.what()});
                return;
            }
        }
        note_failures(*table.replay);
    }

    void note_failures(source::QuarantineReplay& replay) {
        for (auto& failure : replay.take_failures()) {
            if (outcome_.failures.size() < kMostFailures) outcome_.failures.push_back(std::move(failure));
        }
    }

    void follow_again() {
        Batch batch;
        for (const auto& [name, table] : tables_) {
            if (table.refused) continue;
            // What went by at a slot is nowhere: the table is copied again.
            outcome_.by_copy = std::holds_alternative<PostgresPosition>(before_.position);
            if (outcome_.by_copy) batch.steps.emplace_back(SnapshotDue{name, source::kAskedFor});
            else batch.steps.emplace_back(TableQuarantine{name, ""});
            outcome_.followed_again.push_back(name);
        }
        if (!batch.empty()) target_.apply(std::move(batch));
    }

    // Keys of tables that are followed again and have messages left are none of them.
    uint64_t freed_keys() {
        const size_t blocked = target_.recover().blocked_keys.size();
        return blocked < before_.blocked_keys.size() ? before_.blocked_keys.size() - blocked : 0;
    }

    void drop_page(const std::vector<QuarantinedMessage>& page) {
        Batch batch;
        for (const QuarantinedMessage& message : page) {
            batch.released.push_back(message.id);
            note_given_up(outcome_.given_up, message);
        }
        release(std::move(batch));
    }

    void release(Batch batch) {
        const size_t released = batch.released.size();
        target_.apply(std::move(batch));
        outcome_.gone += released;
    }

    duck::DuckDestination& target_;
    const source::AssemblerOptions& options_;
    const QuarantineOrder& order_;
    const StoredState before_;
    source::QuarantineReplay replay_;
    std::map<TableName, WaitingTable> tables_;
    QuarantineOutcome outcome_;
};

QuarantineOrder parse_order(const std::string& text) {
    try {
        const auto json = Json::parse(text);
        const std::string action = json.at("action");
        if (action != "retry" && action != "drop") throw Error(ErrorKind::usage, "action is retry or drop");
        return {action == "retry" ? QuarantineAction::retry : QuarantineAction::drop,
                {json.value("ids", std::vector<int64_t>{}), json.value("table", ""), json.value("topic", "")}};
    } catch (const Json::exception&) {
        throw Error(
            ErrorKind::usage,
            R"(an order reads {"action": "retry" or "drop", "ids": [1], "table": "public.t", "topic": "p.public.t"}, all but the action optional)");
    }
}

}  // namespace

QuarantineOutcome work_on_quarantine(duck::DuckDestination& target, const source::AssemblerOptions& options,
                                     const QuarantineOrder& order) {
    return Work(target, options, order).run();
}

void follow_tables_again(Destination& destination, const source::AssemblerOptions& options) {
    auto& target = dynamic_cast<duck::DuckDestination&>(destination);
    for (const StoredTable& table : target.recover().tables) {
        if (table.quarantined.empty()) continue;
        const std::string name = to_string(table.schema->name);
        const auto outcome = work_on_quarantine(target, options, {QuarantineAction::retry, {{}, name, ""}});
        if (!outcome.followed_again.empty()) {
            log::info("table {} is followed again: {} applied, {} in quarantine still", name,
                      counted(outcome.gone, "message"), outcome.selected - outcome.gone);
        } else {
            log::warn("table {} stays in quarantine: {}", name, outcome.failures.at(0).reason);
        }
    }
}

serve::TaskHandler quarantine_task(pipeline::Interludes& interludes, source::AssemblerOptions options) {
    return [&interludes, options = std::move(options)](const std::string& request, serve::ResultSink& sink,
                                                       const std::stop_token& stop) {
        const QuarantineOrder order = parse_order(request);
        std::string outcome;
        interludes.run(
            [&](Destination& destination) {
                // A pipeline with this task has a DuckDB file as its destination.
                outcome =
                    outcome_json(work_on_quarantine(dynamic_cast<duck::DuckDestination&>(destination), options, order));
                log::info("pintail quarantine: {}", outcome);
            },
            stop);
        sink.columns({{"outcome", "JSON"}});
        const std::vector<serve::Cell> row{outcome};
        if (sink.row(row)) sink.finish({1, false});
    };
}

std::string order_json(const QuarantineOrder& order) {
    return Json{{"action", order.action == QuarantineAction::retry ? "retry" : "drop"},
                {"ids", order.selection.ids},
                {"table", order.selection.table},
                {"topic", order.selection.topic}}
        .dump();
}

std::string outcome_json(const QuarantineOutcome& outcome) {
    Json json{{"selected", outcome.selected}, {"gone", outcome.gone}, {"freed_keys", outcome.freed_keys}};
    json["failures"] = Json::array();
    for (const auto& failure : outcome.failures)
        json["failures"].push_back({{"id", failure.id}, {"reason", failure.reason}});
    json["followed_again"] = Json::array();
    for (const TableName& table : outcome.followed_again) json["followed_again"].push_back(to_string(table));
    json["by_copy"] = outcome.by_copy;
    json["given_up"] = Json::array();
    for (const GivenUp& run : outcome.given_up) {
        json["given_up"].push_back({{"topic", run.topic},
                                    {"table", run.table},
                                    {"messages", run.messages},
                                    {"first_offset", run.first_offset},
                                    {"last_offset", run.last_offset}});
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pintail::cli
