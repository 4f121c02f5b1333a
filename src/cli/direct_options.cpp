#include "cli/direct_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "core/error.hpp"
#include "postgres/readiness.hpp"
#include "source/topic_pattern.hpp"

namespace pintail::cli {
namespace {

constexpr size_t kLongestSlotName = 63;  // NAMEDATALEN - 1

bool matches_any(const std::vector<std::string>& patterns, const std::string& name) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return source::glob_matches(pattern, name); });
}

// Slots have lower case letters, digits and underscores only.
std::string name_of(const std::string& target) {
    std::string name = "pintail_" + std::filesystem::path(target).stem().string();
    for (char& c : name) {
        const auto byte = static_cast<unsigned char>(c);
        c = byte < 128 && std::isalnum(byte) ? static_cast<char>(std::tolower(byte)) : '_';
    }
    return name.substr(0, kLongestSlotName - sizeof("_inserts"));
}

}  // namespace

void SourceObjects::add_to(CLI::App& command) {
    command.add_option("--slot", slot, "Replication slot. Default: pintail_<name of the target>")->type_name("NAME");
    command.add_option("--publication", publication, "Publication; one that exists is used as it is. Default: the slot's name")->type_name("NAME");
}

SourceObjects SourceObjects::resolved(const std::string& target) const {
    SourceObjects names = *this;
    if (names.slot.empty()) names.slot = name_of(target);
    if (names.publication.empty()) names.publication = names.slot;
    return names;
}

std::function<bool(const TableName&)> wanted_tables(const config::Settings& settings) {
    if (settings.tables.empty() && settings.exclude.empty()) return {};
    return [tables = settings.tables, exclude = settings.exclude](const TableName& table) {
        const std::string name = to_string(table);
        return (tables.empty() || matches_any(tables, name)) && !matches_any(exclude, name);
    };
}

const std::string& source_url(const config::Settings& settings) {
    if (settings.source.empty()) {
        throw Error(ErrorKind::usage, "no source: give --source postgres://user@host:port/database, or POSTGRES_USER, "
                                      "POSTGRES_PASSWORD and POSTGRES_DB in .credentials");
    }
    return settings.source;
}

std::vector<postgres::PublishableTable> followed_tables(postgres::Connection& connection, const config::Settings& settings,
                                                        const std::string& publication) {
    const auto wanted = wanted_tables(settings);
    auto tables = postgres::publishable_tables(connection);
    if (wanted) std::erase_if(tables, [&](const auto& table) { return !wanted(table.name); });
    const auto state = postgres::find_publication(connection, publication);
    if (state.ours) return tables;
    const auto published = postgres::published_tables(connection, state.names);
    std::erase_if(tables, [&](const auto& table) {
        return std::none_of(published.begin(), published.end(), [&](const auto& other) { return other.name == table.name; });
    });
    return tables;
}

std::vector<std::string> source_problems(postgres::Connection& connection, const config::Settings& settings,
                                         const SourceObjects& objects, bool slot_may_be_active) {
    postgres::ReplicationPlan plan;
    plan.slot = objects.slot;
    plan.publication = objects.publication;
    plan.slot_is_ours = slot_may_be_active;
    for (const auto& table : followed_tables(connection, settings, objects.publication)) {
        if (table.has_identity) plan.tables.push_back(table.name);
    }
    std::vector<std::string> problems;
    for (const auto& finding : postgres::check_readiness(connection, plan)) problems.push_back(finding.problem + ": " + finding.remedy);
    return problems;
}

}  // namespace pintail::cli
