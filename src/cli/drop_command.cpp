#include "cli/drop_command.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/direct_options.hpp"
#include "cli/setting_flags.hpp"
#include "core/error.hpp"
#include "postgres/replication_objects.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::cli {
namespace {

constexpr std::chrono::seconds kPatience{5};  // for a reader that was just stopped

struct DropFlags {
    SettingFlags settings;
    SourceObjects objects;
};

void drop_slot(postgres::Connection& connection, const std::string& slot) {
    try {
        fmt::print("slot {}: {}\n", slot,
                   postgres::drop_slot(connection, slot, kPatience) ? "dropped" : "was not there");
    } catch (const postgres::SqlError& problem) {
        if (problem.sqlstate() != postgres::sqlstate::kObjectInUse) throw;
        throw Error(ErrorKind::source, fmt::format("slot {} is in use: stop the pintail that reads it first", slot));
    }
}

void drop(const DropFlags& flags) {
    const config::Settings settings = flags.settings.load().settings;
    const SourceObjects objects = flags.objects.resolved(settings);
    postgres::Connection connection(source_url(settings));
    drop_slot(connection, objects.slot);
    const auto dropped = postgres::drop_own_publications(connection, objects.publication);
    for (const auto& name : dropped) fmt::print("publication {}: dropped\n", name);
    if (dropped.empty()) fmt::print("publication {}: none that pintail made\n", objects.publication);
}

}  // namespace

CLI::App* add_drop_command(CLI::App& parent, std::function<void()>& chosen) {
    CLI::App* command = parent.add_subcommand("drop", "Remove pintail's slot and publications from the source");
    auto flags = std::make_shared<DropFlags>(DropFlags{SettingFlags(*command, {"source", "target", "log_level"}), {}});
    flags->objects.add_to(*command);
    command->callback([&chosen, flags] { chosen = [flags] { drop(*flags); }; });
    return command;
}

}  // namespace pintail::cli
