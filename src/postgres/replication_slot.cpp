#include "postgres/replication_slot.hpp"

#include <fmt/format.h>

namespace pintail::postgres {
namespace {

constexpr int kFailoverSlots = 170000;

Lsn lsn_of(std::string_view text) {
    return parse_lsn(text).value_or(Lsn{});
}

[[noreturn]] void explain(const SqlError& problem, const std::string& slot) {
    if (problem.sqlstate() == "53400") {
        throw SqlError(fmt::format("{}; drop slots that nobody reads (SELECT slot_name FROM pg_replication_slots WHERE NOT active; SELECT "
                                   "pg_drop_replication_slot('…')) or raise max_replication_slots and restart the server", problem.what()),
                       problem.sqlstate(), false);
    }
    throw SqlError(fmt::format("making slot {}: {}", slot, problem.what()), problem.sqlstate(), problem.transient());
}

}  // namespace

ServerIdentity identify_server(Connection& replication) {
    const auto result = replication.exec("IDENTIFY_SYSTEM");
    return {std::string(result.text(0, 0)), static_cast<uint32_t>(result.number(0, 1)), std::string(result.text(0, 3))};
}

std::optional<SlotState> find_slot(Connection& connection, const std::string& slot) {
    const auto result = connection.exec(
        "SELECT confirmed_flush_lsn, active_pid, database, plugin, wal_status FROM pg_replication_slots WHERE slot_name = $1", {slot});
    if (result.rows() == 0) return std::nullopt;
    SlotState state;
    state.confirmed_flush = lsn_of(result.text(0, 0));
    state.active_pid = result.number(0, 1);
    state.database = result.text(0, 2);
    state.plugin = result.text(0, 3);
    state.lost = result.text(0, 4) == "lost";
    return state;
}

ExportedSnapshot create_slot(Connection& replication, const NewSlot& slot) {
    const bool failover = slot.failover && !slot.temporary && replication.server_version() >= kFailoverSlots;
    const std::string sql = fmt::format("CREATE_REPLICATION_SLOT {}{} LOGICAL pgoutput {}", quote_identifier(slot.name),
                                        slot.temporary ? " TEMPORARY" : "",
                                        failover ? "(SNAPSHOT 'export', FAILOVER true)" : "EXPORT_SNAPSHOT");
    try {
        const auto result = replication.exec(sql);
        return {std::string(result.text(0, 2)), lsn_of(result.text(0, 1))};
    } catch (const SqlError& problem) {
        explain(problem, slot.name);
    }
}

Lsn current_lsn(Connection& connection) {
    return lsn_of(connection.exec("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END").text(0, 0));
}

}  // namespace pintail::postgres
