#include "cli/verify_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/direct_target.hpp"
#include "cli/json_events.hpp"
#include "cli/output.hpp"
#include "cli/run_command.hpp"
#include "cli/target_access.hpp"
#include "cli/terminal_log.hpp"
#include "cli/verify_report.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;

struct VerifyFlags {
    RunFlags run;
    std::vector<std::string> tables;
    bool json = false;
    bool repair = false;
    bool values = false;
};

std::string event_text(const json& event) {
    const std::string kind = event.at("event");
    if (kind == "table") return report_text(event);
    if (kind == "standing")
        return fmt::format("{} as of {}\n", counted(event.at("tables").get<uint64_t>(), "table"),
                           event.at("lsn").get<std::string>());
    if (kind == "repairing")
        return fmt::format("{}: {} taken from the source again\n", event.at("table").get<std::string>(),
                           counted(event.at("rows").get<uint64_t>(), "row"));
    if (kind == "copied")
        return fmt::format("{}: copied again as of {}\n", event.at("table").get<std::string>(),
                           event.at("lsn").get<std::string>());
    return "";
}

void ask(const config::Settings& settings, const VerifyFlags& flags) {
    Output output(stdout);
    json events = json::array();
    std::optional<bool> equal;
    JsonEvents sink([&](const json& event) {
        if (event.at("event") == "end") equal = event.at("equal").get<bool>();
        if (flags.json) return events.push_back(event);
        output.write(event_text(event));
        output.flush();
    });
    TargetAccess(settings).run(
        "verify", json{{"tables", flags.tables}, {"repair", flags.repair}, {"values", flags.values}}.dump(), sink);
    if (flags.json) output.write(json{{"equal", equal.value_or(false)}, {"events", events}}.dump(2) + "\n");
    output.flush();
    if (!equal) throw Error(ErrorKind::source, "pintail is stopping: the comparison was cut short", true);
    if (!*equal) throw Error(ErrorKind::data, "source and target differ, or not all could be compared");
}

// When no pintail runs this process is one for as long as it takes: the target is brought up to the source, and both
// are compared as ever.
void verify(const VerifyFlags& flags) {
    config::Settings settings = flags.run.settings.load().settings;
    settings.until.reset();
    if (TargetAccess(settings).live()) return ask(settings, flags);
    if (!settings.on_type_change) settings.on_type_change = stored_type_change_policy(settings);
    set_log_level(std::max(config::LogLevel::warn, settings.log_level));
    run(settings, flags.run, [&] { ask(settings, flags); });
}

}  // namespace

CLI::App* add_verify_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand(
        "verify", "Compare source and target row by row at one place of the stream (pintail run)");
    auto flags = std::make_shared<VerifyFlags>(VerifyFlags{bind_run_flags(*command), {}});
    command->add_option("TABLE", flags->tables, "schema.table; without a schema, of public (default: all)");
    command->add_flag("--json", flags->json, "As JSON (docs/verify.md has its fields)");
    command->add_flag("--repair", flags->repair, "Take the rows that differ from the source again, then compare again");
    command->add_flag("--values", flags->values, "Show the values of cells that differ, too");
    command->callback([&chosen, flags] { chosen = [flags] { verify(*flags); }; });
    return command;
}

}  // namespace pintail::cli
