#include "cli/forget_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/resync_task.hpp"
#include "cli/setting_flags.hpp"
#include "cli/target_access.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "duck/duck_destination.hpp"

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
    throw Error(ErrorKind::usage,
                "the target follows Kafka topics, whose next records would bring the table again: load the topics that are "
                "wanted (--topics, --exclude) into another target");
}

void refuse_followed(const StoredState& state, const TableName& name) {
    const auto found = std::find_if(state.tables.begin(), state.tables.end(),
                                    [&](const StoredTable& table) { return table.schema->name == name; });
    if (found == state.tables.end()) {
        throw Error(ErrorKind::usage, fmt::format("table {} is not in the target; `pintail status` lists those that are",
                                                  to_string(name)));
    }
    if (found->snapshot_lsn && found->quarantined.empty()) source::refuse_to_forget_followed(name);
}

// No pintail runs: the file is this process's.
void forget_in_file(const config::Settings& settings, const std::vector<TableName>& tables,
                    const std::function<void(const json&)>& tell) {
    duck::TargetOptions options;
    options.path = without_links(settings.target);
    options.memory_limit_bytes = settings.memory_limit_bytes;
    duck::DuckDestination destination(options);
    const StoredState state = destination.recover();
    if (std::holds_alternative<KafkaPosition>(state.position)) explain_forget_of_topics();
    Batch batch;
    batch.position = state.position;
    for (const TableName& name : tables) {
        refuse_followed(state, name);
        batch.steps.emplace_back(TableForget{name});
    }
    destination.apply(std::move(batch));
    for (const TableName& name : tables) tell(forgotten(name));
}

void forget(const ForgetFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    Output output(stdout);
    const auto tell = [&](const json& event) {
        output.write(fmt::format("{}: forgotten, its rows are gone from the target\n", event.at("table").get<std::string>()));
        output.flush();
    };
    const TargetAccess target(settings);
    if (target.live()) {
        JsonEvents events(tell);
        return target.run("forget", json{{"tables", flags.tables}}.dump(), events);
    }
    std::vector<TableName> tables;
    for (const std::string& table : flags.tables) tables.push_back(parse_table_name(table));
    forget_in_file(settings, tables, tell);
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
    return [requests = std::move(requests)](const std::string& body, serve::ResultSink& sink, const std::stop_token& stop) {
        auto request = std::make_shared<source::ForgetRequest>();
        request->tables = tables_of_request("forget", body);
        const auto tables = request->tables;
        auto noted = request->noted.get_future();
        requests->post(std::move(request));
        sink.columns({{"event", "JSON"}});
        wait_for(noted, stop);
        for (const TableName& name : tables) tell_event(sink, forgotten(name));
        sink.finish({});
    };
}

void refuse_forget_of_topics(const std::string&, serve::ResultSink&, std::stop_token) {
    explain_forget_of_topics();
}

}  // namespace pintail::cli
