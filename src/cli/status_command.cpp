#include "cli/status_command.hpp"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "cli/output.hpp"
#include "cli/setting_flags.hpp"
#include "cli/status_text.hpp"
#include "cli/target_access.hpp"
#include "config/value.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

struct StatusFlags {
    SettingFlags settings;
    bool json = false;
    bool check = false;
    std::string grace = "60s";
};

[[noreturn]] void unhealthy(const std::string& why) {
    throw Error(ErrorKind::source, "not healthy: " + why);
}

// For health checks of containers and services: one line and the exit code.
std::string check(const std::string& status, const std::string& grace_text) {
    const auto grace = config::parse_duration(grace_text);
    if (!grace) throw Error(ErrorKind::usage, "--grace: expected a duration such as 250ms, 60s or 2m");
    const auto report = nlohmann::json::parse(status);
    if (!report.at("live")) unhealthy("no pintail is running for " + report.at("target").get<std::string>());
    if (const auto& problem = report.at("target_problem"); !problem.is_null()) unhealthy(problem);
    const auto& pipeline = report.at("pipeline");
    const std::string state = pipeline.at("state");
    const double seconds = pipeline.at("state_seconds");
    if (state != "running" && seconds * 1e3 > static_cast<double>(grace->count())) {
        const auto& reason = pipeline.at("waiting_for");
        unhealthy(
            fmt::format("{} for {:.0f} s{}", state, seconds, reason.is_null() ? "" : ": " + reason.get<std::string>()));
    }
    return fmt::format("{}, lag {}\n", state, pipeline.at("lag").get<int64_t>());
}

void show_status(const StatusFlags& flags) {
    const std::string status = TargetAccess(flags.settings.load().settings).status();
    Output output(stdout);
    const std::string healthy = flags.check ? check(status, flags.grace) : "";
    output.write(flags.json ? status + "\n" : flags.check ? healthy : status_text(status));
    output.flush();
}

}  // namespace

CLI::App* add_status_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand(
        "status", "Show positions, lag, tables and quarantine of a running pintail or of a target file");
    auto flags = std::make_shared<StatusFlags>(StatusFlags{SettingFlags(*command, {"target", "memory_limit"})});
    command->add_flag("--json", flags->json, "As JSON (docs/query.md has its fields)");
    command->add_flag("--check", flags->check,
                      "Exit 1 unless a pintail is running and not waiting for its source for longer than --grace");
    command->add_option("--grace", flags->grace, "How long --check lets it start, wait or stop")
        ->type_name("DURATION")
        ->capture_default_str();
    command->callback([&chosen, flags] { chosen = [flags] { show_status(*flags); }; });
    return command;
}

}  // namespace pintail::cli
