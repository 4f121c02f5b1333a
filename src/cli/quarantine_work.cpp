#include "cli/quarantine_work.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace pintail::cli {
namespace {

using Json = nlohmann::ordered_json;

// Messages at a time: a bound for memory.
constexpr size_t kPage = 5000;

void refuse_open_snapshots(const StoredState& state) {
    for (const StoredTable& table : state.tables) {
        if (!table.snapshot_open) continue;
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

// One order at work on one target.
class Work {
public:
    Work(duck::DuckDestination& target, const source::AssemblerOptions& options, const QuarantineOrder& order)
        : target_(target), order_(order), before_(target.recover()), replay_(options, before_) {}

    QuarantineOutcome run() {
        const bool retry = order_.action == QuarantineAction::retry;
        if (retry) refuse_open_snapshots(before_);
        duck::QuarantineSelection selection = order_.selection;
        selection.whole_keys = retry;
        int64_t after = 0;
        for (auto page = target_.quarantined(selection, after, kPage); !page.empty();
             page = target_.quarantined(selection, after, kPage)) {
            after = page.back().id;
            outcome_.selected += page.size();
            if (retry) retry_page(page);
            else drop_page(page);
        }
        if (outcome_.selected == 0)
            throw Error(ErrorKind::usage, "nothing in quarantine fits (pintail quarantine list shows what there is)");
        outcome_.freed_keys = before_.blocked_keys.size() - target_.recover().blocked_keys.size();
        return std::move(outcome_);
    }

private:
    void retry_page(const std::vector<QuarantinedMessage>& page) {
        for (Batch& batch : replay_.replay(page)) release(std::move(batch));
        for (auto& failure : replay_.take_failures()) {
            if (outcome_.failures.size() < kMostFailures) outcome_.failures.push_back(std::move(failure));
        }
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
        outcome_.gone += batch.released.size();
        target_.apply(std::move(batch));
    }

    duck::DuckDestination& target_;
    const QuarantineOrder& order_;
    const StoredState before_;
    source::QuarantineReplay replay_;
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
                spdlog::info("pintail quarantine: {}", outcome);
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
