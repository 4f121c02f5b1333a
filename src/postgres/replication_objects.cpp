#include "postgres/replication_objects.hpp"

#include <fmt/format.h>

#include <thread>

namespace pintail::postgres {
namespace {

void check_slot(Connection& connection, const Removal& removal, std::vector<Finding>& findings) {
    const auto found =
        connection.exec("SELECT active_pid FROM pg_replication_slots WHERE slot_name = $1", {removal.slot});
    if (found.rows() == 0) {
        if (removal.reader_runs) {
            findings.push_back(
                {fmt::format("{} has no slot {}, although its reader runs", connection.address(), removal.slot),
                 "give the server that the reader uses (--source)"});
        }
        return;
    }
    if (!may_replicate(connection))
        findings.push_back(
            {"this role may not drop slots", "ALTER ROLE … REPLICATION for it, or use a role that has it"});
    if (!found.value(0, 0) || removal.reader_may_hold) return;
    findings.push_back(
        {fmt::format("slot {} is in use by process {}, which is not the one to be removed", removal.slot,
                     found.text(0, 0)),
         fmt::format("stop that reader (at the server: SELECT pg_terminate_backend({}))", found.text(0, 0))});
}

void check_publication(Connection& connection, const Removal& removal, std::vector<Finding>& findings) {
    const auto owner = connection.exec(
        "SELECT pg_get_userbyid(pubowner), pg_has_role(pubowner, 'MEMBER') FROM pg_publication WHERE pubname = $1",
        {removal.publication});
    if (owner.rows() == 0 || owner.flag(0, 1)) return;
    findings.push_back(
        {fmt::format("publication {} belongs to role {}, which this role is not a member of", removal.publication,
                     owner.text(0, 0)),
         fmt::format("ALTER PUBLICATION {} OWNER TO …, or use that role", quote_identifier(removal.publication))});
}

}  // namespace

std::vector<Finding> check_removal(Connection& connection, const Removal& removal) {
    std::vector<Finding> findings;
    check_slot(connection, removal, findings);
    if (!removal.publication.empty()) check_publication(connection, removal, findings);
    return findings;
}

bool drop_slot(Connection& connection, const std::string& slot, std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (;;) {
        const auto found = connection.exec("SELECT active FROM pg_replication_slots WHERE slot_name = $1", {slot});
        if (found.rows() == 0) return false;
        if (!found.flag(0, 0) || std::chrono::steady_clock::now() >= deadline) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    connection.exec("SELECT pg_drop_replication_slot($1)", {slot});
    return true;
}

bool drop_publication(Connection& connection, const std::string& publication) {
    if (connection.exec("SELECT FROM pg_publication WHERE pubname = $1", {publication}).rows() == 0) return false;
    connection.exec("DROP PUBLICATION " + quote_identifier(publication));
    return true;
}

}  // namespace pintail::postgres
