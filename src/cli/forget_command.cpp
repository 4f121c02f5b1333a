#include "cli/forget_command.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/setting_flags.hpp"
#include "cli/table_request.hpp"
#include "cli/target_access.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;

struct ForgetFlags {
    SettingFlags settings;
    std::vector<std::string> tables;
};

json forgotten(const TableName& name) {
    return {{"event", "forgotten"}, {"table", to_string(name)}};
}

[[noreturn]] void explain_forget_of_topics() {
    throw Error(
        ErrorKind::usage,
        "the target follows Kafka topics, whose next records would bring the table again: load the topics that are "
        "wanted (--topics, --exclude) into another target");
}

void refuse_followed(const StoredState& state, const TableName& name) {
    const StoredTable* table = find_table(state, name);
    if (table == nullptr) refuse_unknown_table(name);
    if (table->snapshot_lsn && table->quarantined.empty()) source::refuse_to_forget_followed(name);
}

std::vector<Step> forgetting(const StoredState& state, const std::vector<TableName>& tables) {
    if (std::holds_alternative<KafkaPosition>(state.position)) explain_forget_of_topics();
    std::vector<Step> steps;
    for (const TableName& name : tables) {
        refuse_followed(state, name);
        steps.emplace_back(TableForget{name});
    }
    return steps;
}

void forget(const ForgetFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    Output output(stdout);
    const auto tell = [&](const json& event) {
        output.write(
            fmt::format("{}: forgotten, its rows are gone from the target\n", event.at("table").get<std::string>()));
        output.flush();
    };
    const TargetAccess target(settings);
    if (target.live()) {
        JsonEvents events(tell);
        return target.run("forget", json{{"tables", flags.tables}}.dump(), events);
    }
    const auto tables = parse_table_names(flags.tables);
    change_at_rest(settings, [&](const StoredState& state) { return forgetting(state, tables); });
    for (const TableName& name : tables) tell(forgotten(name));
}

}  // namespace

CLI::App* add_forget_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand(
        "forget", "Remove tables from the target, with their rows, that are not followed any more (pintail run)");
    auto flags = std::make_shared<ForgetFlags>(ForgetFlags{SettingFlags(*command, {"target", "memory_limit"}), {}});
    command->add_option("TABLE", flags->tables, "schema.table; without a schema, of public")->required();
    command->callback([&chosen, flags] { chosen = [flags] { forget(*flags); }; });
    return command;
}

serve::TaskHandler forget_task(std::shared_ptr<source::SourceRequests> requests) {
    return [requests = std::move(requests)](const std::string& body, serve::ResultSink& sink,
                                            const std::stop_token& stop) {
        auto request = std::make_shared<source::ForgetRequest>();
        request->tables = tables_of_request("forget", body);
        const auto tables = request->tables;
        auto noted = request->noted.get_future();
        requests->post(std::move(request));
        sink.columns({{"event", "JSON"}});
        wait_until_noted(noted, stop);
        for (const TableName& name : tables) tell_event(sink, forgotten(name));
        sink.finish({});
    };
}

void refuse_forget_of_topics(const std::string&, serve::ResultSink&, std::stop_token) {
    explain_forget_of_topics();
}

}  // namespace pintail::cli
