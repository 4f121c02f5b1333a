#include "cli/resync_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/resync_task.hpp"
#include "cli/setting_flags.hpp"
#include "cli/target_access.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "duck/duck_destination.hpp"

namespace pintail::cli {
namespace {

struct ResyncFlags {
    SettingFlags settings;
    std::vector<std::string> tables;
};

void say(Output& output, const std::string& line) {
    output.write(line + "\n");
    output.flush();
}

void ask_running(const TargetAccess& target, const ResyncFlags& flags, Output& output) {
    JsonEvents events([&](const nlohmann::json& event) {
        if (event.at("event") == "noted") say(output, "noted; the copy begins");
        else
            say(output, fmt::format("{}: copied as of {}, {}", event.at("table").get<std::string>(),
                                    event.at("lsn").get<std::string>(), counted(event.at("rows").get<uint64_t>(), "row")));
    });
    target.run("resync", nlohmann::json{{"tables", flags.tables}}.dump(), events);
}

void refuse_unknown(const StoredState& state, const TableName& name) {
    const auto same = [&](const StoredTable& table) { return table.schema->name == name; };
    if (std::any_of(state.tables.begin(), state.tables.end(), same)) return;
    throw Error(ErrorKind::usage,
                fmt::format("table {} is not in the target; `pintail status` lists those that are", to_string(name)));
}

// The target remembers that the copies are due, as a run does that could not follow a table.
void note_in_file(const config::Settings& settings, const ResyncFlags& flags, Output& output) {
    duck::TargetOptions options;
    options.path = without_links(settings.target);
    options.memory_limit_bytes = settings.memory_limit_bytes;
    duck::DuckDestination destination(options);
    const StoredState state = destination.recover();
    if (std::holds_alternative<KafkaPosition>(state.position)) explain_resync_of_topics();
    Batch batch;
    batch.position = state.position;
    for (const std::string& table : flags.tables) {
        refuse_unknown(state, parse_table_name(table));
        batch.steps.emplace_back(SnapshotDue{parse_table_name(table), "a new copy was asked for"});
    }
    destination.apply(std::move(batch));
    for (const std::string& table : flags.tables) {
        say(output, fmt::format("{}: noted; no pintail is running for this target, so the next `pintail run` copies it",
                                to_string(parse_table_name(table))));
    }
}

void resync(const ResyncFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    Output output(stdout);
    const TargetAccess target(settings);
    if (target.live()) ask_running(target, flags, output);
    else note_in_file(settings, flags, output);
}

}  // namespace

CLI::App* add_resync_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand("resync", "Copy tables again while all others go on (pintail run)");
    auto flags = std::make_shared<ResyncFlags>(ResyncFlags{SettingFlags(*command, {"target", "memory_limit"}), {}});
    command->add_option("TABLE", flags->tables, "schema.table; without a schema, of public")->required();
    command->callback([&chosen, flags] { chosen = [flags] { resync(*flags); }; });
    return command;
}

}  // namespace pintail::cli
