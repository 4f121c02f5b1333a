#include "cli/doctor_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/column_notes.hpp"
#include "cli/direct_options.hpp"
#include "cli/setting_flags.hpp"
#include "cli/slot_watch.hpp"
#include "cli/target_access.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "postgres/catalog.hpp"
#include "postgres/replication_slot.hpp"

namespace pintail::cli {
namespace {

struct DoctorFlags {
    SettingFlags settings;
    SourceObjects objects;
};

// What works today and may hurt later.
void print_advice(postgres::Connection& connection, const std::vector<postgres::PublishableTable>& tables,
                  bool own_publication) {
    if (connection.exec("SHOW max_slot_wal_keep_size").text(0, 0) == "-1") {
        fmt::print(
            "advice: while pintail is away the server keeps log for it without limit: ALTER SYSTEM SET "
            "max_slot_wal_keep_size = '50GB' "
            "(beyond it the slot is lost and tables are copied again)\n");
    }
    for (const auto& table : tables) {
        const auto described = postgres::describe_table(connection, table.name);
        if (!described) continue;
        for (const auto& lost : lost_columns(connection, *described, own_publication))
            fmt::print("advice: {}: {}\n", to_string(table.name), lost);
    }
    for (const auto& table : tables) {
        if (table.has_identity()) continue;
        fmt::print("advice: {} has {}: only INSERT and TRUNCATE can be followed. For all changes: {}\n",
                   to_string(table.name), table.identity_lack, table.identity_sql);
    }
}

// As `pintail status` has it, of a target that is there already.
nlohmann::json status_of_target(const config::Settings& settings) {
    if (!std::filesystem::exists(settings.target)) return {{"live", false}, {"tables", nlohmann::json::array()}};
    return nlohmann::json::parse(TargetAccess(settings).status());
}

// By the pintail that runs for the target, whatever that one waits for.
bool is_used_by_its_own(const nlohmann::json& status, postgres::Connection& connection, const std::string& name) {
    const auto slot = postgres::find_slot(connection, name);
    if (!slot || slot->active_pid == 0 || !status.at("live")) return false;
    const auto& streams = status.at("pipeline").at("streams");
    return std::any_of(streams.begin(), streams.end(), [&](const auto& stream) {
        return stream.at("name") == name && stream.value("server_pid", nlohmann::json()) == slot->active_pid;
    });
}

void print_user(const nlohmann::json& status, const config::Settings& settings, const std::string& slot) {
    const auto& waiting = status.at("pipeline").at("waiting_for");
    fmt::print("slot {} is in use by the pintail that runs for {} (pid {}{})\n", slot, settings.target,
               status.at("pid").get<int>(), waiting.is_null() ? "" : ", waiting: " + waiting.get<std::string>());
}

// What a target cannot have, because it came by Debezium's messages.
void print_losses(const nlohmann::json& tables) {
    for (const auto& table : tables) {
        for (const auto& one : table.at("losses")) {
            fmt::print("advice: {}.{}: in Debezium's messages {}\n", table.at("source_table").get<std::string>(),
                       one.at("column").get<std::string>(), one.at("loss").get<std::string>());
        }
    }
}

std::vector<std::string> tables_in_quarantine(const nlohmann::json& tables) {
    std::vector<std::string> problems;
    for (const auto& table : tables) {
        const auto why = table.find("quarantined");
        if (why == table.end() || why->is_null()) continue;
        problems.push_back(fmt::format("table {} is in quarantine, not followed: {}",
                                       table.at("source_table").get<std::string>(), why->get<std::string>()));
    }
    return problems;
}

void examine(const DoctorFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    const SourceObjects objects = flags.objects.resolved(settings);
    postgres::Connection connection(source_url(settings));
    const auto tables = followed_tables(connection, settings, objects.publication);
    fmt::print("source {}: PostgreSQL {}, {} to follow through slot {} and publication {}\n", connection.address(),
               connection.exec("SHOW server_version").text(0, 0), counted(tables.size(), "table"), objects.slot,
               objects.publication);
    const nlohmann::json status = status_of_target(settings);
    const bool runs = is_used_by_its_own(status, connection, objects.slot);
    if (runs) print_user(status, settings, objects.slot);
    auto problems = postgres::lines_of(source_problems(connection, settings, objects, runs));
    if (const auto log = postgres::slot_log(connection, objects.slot)) {
        fmt::print("{}\n", slot_log_text(*log));
        if (settings.max_wal && log->retained_bytes > static_cast<int64_t>(settings.max_wal->bytes))
            problems.push_back(fmt::format(
                "the log kept for the slot is more than --max-wal {}: start pintail to catch up, or raise it",
                size_text(static_cast<int64_t>(settings.max_wal->bytes))));
    }
    const nlohmann::json& of_target = status.at("tables");
    for (auto& problem : tables_in_quarantine(of_target)) problems.push_back(std::move(problem));
    for (const auto& problem : problems) fmt::print("problem: {}\n", problem);
    for (const auto& note : unlogged_notes(connection, settings)) fmt::print("advice: {}\n", note);
    print_advice(connection, tables, postgres::find_publication(connection, objects.publication).ours);
    print_losses(of_target);
    std::fflush(stdout);
    if (!problems.empty())
        throw Error(ErrorKind::source, fmt::format("{} in the way", counted(problems.size(), "problem")));
    fmt::print("ready\n");
}

}  // namespace

CLI::App* add_doctor_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command =
        parent.add_subcommand("doctor", "Check whether the source is ready for `pintail run`, and say how to mend it");
    auto flags = std::make_shared<DoctorFlags>(
        DoctorFlags{SettingFlags(*command, {"source", "target", "tables", "exclude", "max_wal", "log_level"}), {}});
    flags->objects.add_to(*command);
    command->callback([&chosen, flags] { chosen = [flags] { examine(*flags); }; });
    return command;
}

}  // namespace pintail::cli
