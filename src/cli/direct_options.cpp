#include "cli/direct_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>

#include "cli/direct_target.hpp"
#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "postgres/catalog.hpp"
#include "postgres/replication_slot.hpp"
#include "postgres/row_identity.hpp"
#include "postgres/unlogged.hpp"
#include "source/topic_pattern.hpp"

namespace pintail::cli {
namespace {

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
    return name.substr(0, postgres::kLongestSlotName - sizeof("_inserts"));
}

// What the server would say, before it is asked anything.
void refuse_bad_slot_name(const std::string& slot) {
    const bool known = std::all_of(slot.begin(), slot.end(), [](unsigned char c) {
        return c < 128 && (std::islower(c) || std::isdigit(c) || c == '_');
    });
    if (known && slot.size() <= postgres::kLongestSlotName) return;
    throw Error(
        ErrorKind::usage,
        fmt::format("--slot '{}': a replication slot's name has lower case letters, digits and underscores only, "
                    "at most {} of them",
                    slot, postgres::kLongestSlotName));
}

bool contains(const std::vector<postgres::PublishableTable>& tables, const TableName& name) {
    return std::any_of(tables.begin(), tables.end(), [&](const auto& table) { return table.name == name; });
}

// Somebody else's publication may have partitions under their own names.
std::vector<postgres::PublishableTable> published_among(postgres::Connection& connection,
                                                        const std::vector<postgres::PublishableTable>& roots,
                                                        const std::function<bool(const TableName&)>& wanted,
                                                        const std::vector<std::string>& publications) {
    std::vector<postgres::PublishableTable> tables;
    for (const auto& table : postgres::published_tables(connection, publications)) {
        if (wanted && !wanted(table.name)) continue;
        const auto root =
            std::find_if(roots.begin(), roots.end(), [&](const auto& known) { return known.name == table.name; });
        if (root != roots.end()) {
            tables.push_back(*root);
            continue;
        }
        const auto lack = postgres::identity_lack(connection, table.name).value_or(postgres::IdentityLack{});
        tables.push_back({table.name, lack.why, lack.mend});
    }
    return tables;
}

// Tables that were asked for by name and that a given publication does not publish.
std::optional<postgres::Finding> unpublished(postgres::Connection& connection, const config::Settings& settings,
                                             const std::string& publication,
                                             const std::vector<postgres::PublishableTable>& followed) {
    const auto wanted = wanted_tables(settings);
    std::vector<std::string> names, sql_names;
    for (const auto& table : postgres::publishable_tables(connection)) {
        if (settings.tables.empty() || !wanted(table.name) || contains(followed, table.name)) continue;
        const auto leaves = postgres::leaves_of(connection, table.name);
        if (std::any_of(leaves.begin(), leaves.end(), [&](const auto& leaf) { return contains(followed, leaf); }))
            continue;
        names.push_back(to_string(table.name));
        sql_names.push_back(postgres::quote_identifier(table.name.schema) + "." +
                            postgres::quote_identifier(table.name.table));
    }
    const auto alter = fmt::format("ALTER PUBLICATION {} ADD TABLE ", postgres::quote_identifier(publication));
    if (!names.empty()) {
        return postgres::Finding{fmt::format("publication {} does not publish {}", publication, fmt::join(names, ", ")),
                                 fmt::format("{}{}", alter, fmt::join(sql_names, ", "))};
    }
    if (!followed.empty()) return std::nullopt;
    return postgres::Finding{fmt::format("publication {} publishes no table that is wanted", publication), alter + "…"};
}

}  // namespace

void SourceObjects::add_to(CLI::App& command) {
    command
        .add_option(
            "--slot", slot,
            "Replication slot. Default: the one that the target was loaded through, else pintail_<name of the target>")
        ->type_name("NAME");
    command
        .add_option("--publication", publication,
                    "Publication; one that exists is used as it is. Default: the slot's name")
        ->type_name("NAME");
}

SourceObjects SourceObjects::resolved(const config::Settings& settings) const {
    SourceObjects names = *this;
    if (names.slot.empty()) {
        const auto stored = stored_slot(settings);
        names.slot_by_default = !stored;
        names.slot = stored ? *stored : name_of(settings.target);
    }
    refuse_bad_slot_name(names.slot);
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
        throw Error(ErrorKind::usage,
                    "no source: give --source postgres://user@host:port/database, or POSTGRES_USER, "
                    "POSTGRES_PASSWORD and POSTGRES_DB in .credentials");
    }
    return settings.source;
}

std::vector<postgres::PublishableTable> followed_tables(postgres::Connection& connection,
                                                        const config::Settings& settings,
                                                        const std::string& publication) {
    const auto wanted = wanted_tables(settings);
    auto tables = postgres::publishable_tables(connection);
    if (wanted) std::erase_if(tables, [&](const auto& table) { return !wanted(table.name); });
    const auto state = postgres::find_publication(connection, publication);
    if (state.ours) return tables;
    return published_among(connection, tables, wanted, state.names);
}

std::string begin_anew(const config::Settings& settings, const SourceObjects& objects) {
    return fmt::format("To begin anew: remove {}, run `pintail drop --slot {} --publication {}`, and start again",
                       settings.target, shell_word(objects.slot), shell_word(objects.publication));
}

std::vector<postgres::Finding> source_problems(postgres::Connection& connection, const config::Settings& settings,
                                               const SourceObjects& objects, bool slot_may_be_active) {
    postgres::ReplicationPlan plan;
    plan.slot = objects.slot;
    plan.publication = objects.publication;
    plan.slot_is_ours = slot_may_be_active;
    plan.tables_were_listed = true;
    plan.begin_anew = begin_anew(settings, objects);
    const bool ours = postgres::find_publication(connection, objects.publication).ours;
    const auto followed = followed_tables(connection, settings, objects.publication);
    for (const auto& table : followed)
        (table.has_identity() || !ours ? plan.tables : plan.inserts_only).push_back(table.name);
    auto problems = postgres::check_readiness(connection, plan);
    if (const auto lacking = ours ? std::nullopt : unpublished(connection, settings, objects.publication, followed))
        problems.insert(problems.begin(), *lacking);
    return problems;
}

std::vector<std::string> unlogged_notes(postgres::Connection& connection, const config::Settings& settings) {
    const auto wanted = wanted_tables(settings);
    std::vector<std::string> notes;
    for (const auto& table : postgres::unlogged_tables(connection)) {
        if (!wanted || wanted(table.root)) notes.push_back(postgres::unlogged_note(table));
    }
    return notes;
}

}  // namespace pintail::cli
