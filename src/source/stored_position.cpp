#include "source/stored_position.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/shell_word.hpp"
#include "log/log.hpp"
#include "postgres/publication.hpp"

namespace pintail::source {
namespace {

[[noreturn]] void refuse(const ReplicationNames& names, const std::string& why) {
    throw Error(
        ErrorKind::source,
        fmt::format("{}. Nothing was changed. To begin anew: remove the target file, run `pintail drop --slot {} "
                    "--publication {}`, and start again",
                    why, shell_word(names.slot), shell_word(names.publication)));
}

// The slot stands in the way because it is, or may be, that of another target: to drop it would take that one's changes
// away.
[[noreturn]] void refuse_slot(const ReplicationNames& names, const std::string& why) {
    throw Error(
        ErrorKind::source,
        fmt::format(
            "{0}. Nothing was changed. Another target may be loaded through that slot: leave it alone while that "
            "is not known. To begin anew beside it: remove this target's file and start again with a slot of its "
            "own, --slot {1}. Only where no other target needs slot {2}: remove the file, run `pintail drop "
            "--slot {2} --publication {3}`, and start again",
            why, postgres::another_slot_name(names.slot), shell_word(names.slot), shell_word(names.publication)));
}

// After a failover the position is still good when the server's history has all that the target holds.
void check_timeline(const ReplicationNames& names, const PostgresPosition& stored,
                    const postgres::ServerIdentity& server, postgres::Connection& replication) {
    const auto end = stored.timeline < server.timeline
                         ? postgres::end_of_timeline(replication, server.timeline, stored.timeline)
                         : std::nullopt;
    const auto differs = fmt::format("the server is on timeline {}, the target was loaded from timeline {}",
                                     server.timeline, stored.timeline);
    if (!end) refuse(names, differs + ", of which the server's history knows nothing: a restore lies between");
    if (stored.commit_end > *end) {
        refuse(names,
               fmt::format(
                   "{}, which the server left at {}: the target, at {}, holds changes that the server does not have",
                   differs, to_string(*end), to_string(stored.commit_end)));
    }
    log::info("{}, and all that the target holds lies before the failover at {}", differs, to_string(*end));
}

}  // namespace

void check_position(const ReplicationNames& names, const PostgresPosition& stored,
                    const std::optional<postgres::SlotState>& slot, const postgres::ServerIdentity& server,
                    postgres::Connection& replication) {
    if (slot && slot->lost) refuse(names, fmt::format("slot {} was invalidated: {}", names.slot, slot->lost_because));
    if (stored.system_identifier != server.system_identifier)
        refuse_slot(names, "the target was loaded from another server (its system identifier differs)");
    if (stored.database != server.database)
        refuse_slot(
            names, fmt::format("the target was loaded from database {}, this is {}", stored.database, server.database));
    if (stored.timeline != server.timeline) check_timeline(names, stored, server, replication);
    if (!slot)
        refuse(names, fmt::format("slot {} is missing: the changes since {} cannot be had any more", names.slot,
                                  to_string(stored.commit_end)));
    if (slot->confirmed_flush > stored.commit_end) {
        refuse_slot(
            names,
            fmt::format("slot {} has moved on to {} without this target, which stands at {}: somebody else read it",
                        names.slot, to_string(slot->confirmed_flush), to_string(stored.commit_end)));
    }
}

void check_publication(const ReplicationNames& names, postgres::Connection& catalog) {
    if (postgres::find_publication(catalog, names.publication).exists) return;
    refuse(names,
           fmt::format("publication {} is missing: changes made without it cannot be had any more. To keep the "
                       "target: make it again as it was (pintail's own: {}), and start again; all tables are then "
                       "copied again",
                       names.publication, postgres::sql_of_own(catalog, names.publication)));
}

void check_start(const std::string& url, const ReplicationNames& names, const PostgresPosition& stored) {
    postgres::Connection catalog(url);
    postgres::Connection replication(url, postgres::ConnectOptions{.replication = true});
    check_position(names, stored, postgres::find_slot(catalog, names.slot), postgres::identify_server(replication),
                   replication);
    check_publication(names, catalog);
}

}  // namespace pintail::source
