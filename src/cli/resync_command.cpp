#include "cli/resync_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/resync_task.hpp"
#include "cli/setting_flags.hpp"
#include "cli/table_request.hpp"
#include "cli/target_access.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"

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
            say(output,
                fmt::format("{}: copied as of {}, {}", event.at("table").get<std::string>(),
                            event.at("lsn").get<std::string>(), counted(event.at("rows").get<uint64_t>(), "row")));
    });
    target.run("resync", nlohmann::json{{"tables", flags.tables}}.dump(), events);
}

// The target remembers that the copies are due, as a run does that could not follow a table.
std::vector<Step> noting(const StoredState& state, const std::vector<TableName>& tables) {
    if (std::holds_alternative<KafkaPosition>(state.position)) explain_resync_of_topics();
    std::vector<Step> steps;
    for (const TableName& name : tables) {
        if (find_table(state, name) == nullptr) refuse_unknown_table(name);
        steps.emplace_back(SnapshotDue{name, source::kAskedFor});
    }
    return steps;
}

void note_in_file(const config::Settings& settings, const ResyncFlags& flags, Output& output) {
    const auto tables = parse_table_names(flags.tables);
    change_at_rest(settings, [&](const StoredState& state) { return noting(state, tables); });
    for (const TableName& name : tables) {
        say(output, fmt::format("{}: noted; no pintail is running for this target, so the next `pintail run` copies it",
                                to_string(name)));
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
