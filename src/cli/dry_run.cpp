#include "cli/dry_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "cli/column_notes.hpp"
#include "cli/column_policies.hpp"
#include "cli/direct_target.hpp"
#include "cli/other_names.hpp"
#include "cli/table_modes.hpp"
#include "cli/type_changes.hpp"
#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "duck/target_reader.hpp"
#include "postgres/catalog.hpp"
#include "source/stored_position.hpp"
#include "source/topic_pattern.hpp"

namespace pintail::cli {
namespace {

// What a run refuses, and what it goes on with although it may not be meant.
struct Findings {
    std::vector<std::string> problems;
    std::vector<std::string> notices;
};

void print_columns(postgres::Connection& connection, const SourceTable& table, const ColumnPolicies& policies,
                   bool own_publication) {
    for (const auto& column : table.columns) {
        if (!column.is_generated ||
            (own_publication && !column.is_virtual && connection.server_version() >= postgres::kPublishesGenerated))
            fmt::print("    {}\n", column_note(table.name, column, policies));
    }
    for (const auto& lost : lost_columns(connection, table, own_publication)) fmt::print("    {}\n", lost);
}

// As the source describes them.
std::vector<SourceTable> print_tables(postgres::Connection& connection, const config::Settings& settings,
                                      const SourceObjects& objects) {
    std::vector<SourceTable> tables;
    const ColumnPolicies policies = column_policies(settings);
    const bool ours = postgres::find_publication(connection, objects.publication).ours;
    for (const auto& table : followed_tables(connection, settings, objects.publication)) {
        const std::string lack =
            table.has_identity() ? "" : fmt::format(" ({}: INSERT and TRUNCATE only)", table.identity_lack);
        fmt::print("  {}{}\n", to_string(table.name), lack);
        auto described = postgres::describe_table(connection, table.name);
        if (!described) continue;
        print_columns(connection, *described, policies, ours);
        tables.push_back(std::move(*described));
    }
    return tables;
}

void find_idle_patterns(postgres::Connection& connection, const config::Settings& settings, Findings& findings) {
    std::set<std::string> names;
    for (const auto& table : postgres::list_tables(connection)) names.insert(to_string(table));
    for (const auto& table : postgres::publishable_tables(connection)) names.insert(to_string(table.name));
    const auto look = [&](const char* flag, const std::vector<std::string>& patterns) {
        for (const std::string& pattern : patterns) {
            if (std::none_of(names.begin(), names.end(),
                             [&](const std::string& name) { return source::glob_matches(pattern, name); }))
                findings.notices.push_back(fmt::format(
                    "{} '{}' matches no table of the source (patterns are of schema.table)", flag, pattern));
        }
    };
    look("--tables", settings.tables);
    look("--exclude", settings.exclude);
}

void look_at_table(const duck::TableStatus& table, const config::Settings& settings, Findings& findings) {
    const std::string name = to_string(table.name);
    const TableMode wanted = table_modes(settings)(table.name);
    if (wanted != table.mode) findings.problems.push_back(other_mode(table.name, table.mode, wanted, settings.target));
    const auto wants = wanted_tables(settings);
    const bool left_out = wants && !wants(table.name);
    if (left_out && table.not_followed.empty() && table.quarantined.empty())
        findings.notices.push_back(
            fmt::format("table {} is left out by --tables and --exclude: it is not followed any more, "
                        "its rows stay; once it is not left out it is copied again",
                        name));
    if (!table.not_followed.empty()) findings.notices.push_back(fmt::format("table {}: {}", name, table.not_followed));
    if (table.quarantined.empty()) return;
    const std::string policy = type_change_word(settings);
    const char* then = policy == "cast" ? "it is copied again"
                       : policy == "quarantine"
                           ? "it stays there, not followed"
                           : "it is copied again where the old column finds a place, else it stays there";
    findings.notices.push_back(
        fmt::format("table {} is in quarantine: {}. By --on-type-change {} {}", name, table.quarantined, policy, then));
}

// Where the target stands, and whether the server can go on from there.
void look_at_position(const Position& position, const config::Settings& settings, const SourceObjects& objects,
                      Findings& findings) {
    if (std::holds_alternative<KafkaPosition>(position))
        findings.problems.emplace_back(
            "the target follows Kafka topics (pintail sink): give this source a target of its own");
    const auto* stored = std::get_if<PostgresPosition>(&position);
    if (stored == nullptr) return;
    try {
        source::check_start(source_url(settings), {objects.slot, objects.publication}, *stored);
    } catch (const Error& problem) {
        findings.problems.emplace_back(problem.what());
    }
}

// What it has; nothing where no file is there yet.
duck::TargetStatus look_at_target(postgres::Connection& connection, const config::Settings& settings,
                                  const SourceObjects& objects, Findings& findings) {
    const auto add = [&](const std::vector<std::string>& problems) {
        findings.problems.insert(findings.problems.end(), problems.begin(), problems.end());
    };
    if (!std::filesystem::exists(settings.target)) {
        add(target_problems(nullptr, connection, settings, objects));
        return {};
    }
    try {
        duck::TargetOptions options;
        options.path = without_links(settings.target);
        duck::TargetReader reader(options);
        add(target_problems(&reader, connection, settings, objects));
        const duck::TargetStatus status = reader.status();
        for (const duck::TableStatus& table : status.tables) look_at_table(table, settings, findings);
        look_at_position(status.position, settings, objects, findings);
        return status;
    } catch (const Error& problem) {
        findings.problems.emplace_back(problem.what());
        return {};
    }
}

}  // namespace

void print_plan(const config::Settings& settings, const SourceObjects& objects) {
    postgres::Connection connection(source_url(settings));
    fmt::print("source {}, target {}\nslot {}, publication {}\n", connection.address(), settings.target, objects.slot,
               objects.publication);
    const auto tables = print_tables(connection, settings, objects);
    Findings findings{postgres::lines_of(source_problems(connection, settings, objects, true)), {}};
    const auto target = look_at_target(connection, settings, objects, findings);
    for (auto& note : other_names(tables, target)) findings.notices.push_back(std::move(note));
    for (auto& note : unlogged_notes(connection, settings)) findings.notices.push_back(std::move(note));
    find_idle_patterns(connection, settings, findings);
    for (const auto& notice : findings.notices) fmt::print("notice: {}\n", notice);
    for (const auto& problem : findings.problems) fmt::print("problem: {}\n", problem);
    std::fflush(stdout);
    if (!findings.problems.empty())
        throw Error(ErrorKind::source,
                    fmt::format("a run would refuse to start: {}", counted(findings.problems.size(), "problem")));
}

}  // namespace pintail::cli
