#include "cli/direct_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/target_access.hpp"
#include "cli/type_changes.hpp"
#include "core/error.hpp"
#include "core/file_path.hpp"
#include "core/shell_word.hpp"
#include "duck/quote.hpp"
#include "postgres/replication_slot.hpp"

namespace pintail::cli {
namespace {

// DuckDB tells names apart without regard to case.
std::string lower(std::string name) {
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return name;
}

// Tables and views that pintail did not make, outside of its own schema: no source's table comes there.
std::set<std::string> names_of_others(duck::TargetReader& target, const duck::TargetStatus& status) {
    std::set<std::string> names;
    target.read(
        "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = current_database() "
        "UNION ALL SELECT schema_name || '.' || view_name FROM duckdb_views() "
        "WHERE database_name = current_database() AND NOT internal",
        [&](const duck::TextCells& cells) { names.insert(lower(std::string(cells[0].value()))); });
    std::erase_if(names, [](const auto& name) { return name.starts_with(std::string(duck::kStateSchema) + "."); });
    for (const auto& table : status.tables) names.erase(lower(to_string(table.target)));
    return names;
}

void find_taken_names(duck::TargetReader& target, const duck::TargetStatus& status,
                      const std::vector<postgres::PublishableTable>& followed, std::vector<std::string>& problems) {
    const auto others = names_of_others(target, status);
    for (const auto& table : followed) {
        const bool known = std::any_of(status.tables.begin(), status.tables.end(),
                                       [&](const auto& one) { return one.name == table.name; });
        if (known || !others.contains(lower(to_string(table.name)))) continue;
        problems.push_back(
            fmt::format("table {} is in the target already but pintail did not make it: rename or drop "
                        "it, or use another target file",
                        to_string(table.name)));
    }
}

// A slot's position is one target's: a second one would take the first one's changes away.
void find_slot_of_another(const duck::TargetStatus& status, postgres::Connection& source,
                          const config::Settings& settings, const SourceObjects& objects,
                          std::vector<std::string>& problems) {
    const bool loaded = !std::holds_alternative<std::monostate>(status.position);
    if (!objects.slot_by_default || loaded || status.loaded_by.slot == objects.slot) return;
    if (!postgres::find_slot(source, objects.slot)) return;
    problems.push_back(fmt::format(
        "slot {0} is there already, and {1} was not loaded through it: it is that of a target of the same name "
        "elsewhere, or of one that was removed. For a slot of this target's own: --slot {3}. If no target needs it "
        "any more: `pintail drop --slot {0} --publication {2}`, and start again",
        objects.slot, settings.target, shell_word(objects.publication), postgres::another_slot_name(objects.slot)));
}

}  // namespace

std::optional<std::string> stored_slot(const config::Settings& settings) {
    if (!std::filesystem::exists(settings.target)) return std::nullopt;
    try {
        const auto status = nlohmann::json::parse(TargetAccess(settings).status());
        const auto& position = status.at("position");
        if (position.is_object() && position.contains("slot")) return position.at("slot").get<std::string>();
    } catch (const Error&) {
        // Whoever needs the file finds out what is wrong with it.
    }
    return std::nullopt;
}

std::optional<config::OnTypeChange> stored_type_change_policy(const config::Settings& settings) {
    if (!std::filesystem::exists(settings.target)) return std::nullopt;
    duck::TargetOptions options;
    options.path = without_links(settings.target);
    return type_change_policy(duck::TargetReader(options).status().loaded_by.on_type_change);
}

std::vector<std::string> target_problems(duck::TargetReader* target, postgres::Connection& source,
                                         const config::Settings& settings, const SourceObjects& objects) {
    std::vector<std::string> problems;
    const duck::TargetStatus status = target == nullptr ? duck::TargetStatus{} : target->status();
    find_slot_of_another(status, source, settings, objects, problems);
    if (target == nullptr) return problems;
    find_taken_names(*target, status, followed_tables(source, settings, objects.publication), problems);
    return problems;
}

}  // namespace pintail::cli
