#include "postgres/replication_slot.hpp"

#include <fmt/format.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "log/log.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::postgres {
namespace {

constexpr std::chrono::seconds kSlotPatience{15};  // until the server has noticed that a reader is gone
constexpr int kFailoverSlots = 170000;

Lsn lsn_of(std::string_view text) {
    return parse_lsn(text).value_or(Lsn{});
}

// PostgreSQL 17 and later say why.
std::string reason_of_loss(std::string_view reason) {
    if (reason.empty() || reason == "wal_removed")
        return "the server has removed log that it needs (max_slot_wal_keep_size)";
    if (reason == "idle_timeout") return "nobody read it for longer than idle_replication_slot_timeout";
    if (reason == "rows_removed")
        return "the primary has removed catalog rows that it needs (hot_standby_feedback was off)";
    if (reason == "wal_level_insufficient") return "wal_level was lowered";
    return std::string(reason);
}

[[noreturn]] void explain(const SqlError& problem, const std::string& slot) {
    if (problem.sqlstate() == sqlstate::kConfigurationLimitExceeded) {
        throw SqlError(
            fmt::format(
                "{}; drop slots that nobody reads (SELECT slot_name FROM pg_replication_slots WHERE NOT active; SELECT "
                "pg_drop_replication_slot('…')) or raise max_replication_slots and restart the server",
                problem.what()),
            problem.sqlstate(), false);
    }
    throw SqlError(fmt::format("making slot {}: {}", slot, problem.what()), problem.sqlstate(), problem.transient());
}

}  // namespace

ServerIdentity identify_server(Connection& replication) {
    const auto result = replication.exec("IDENTIFY_SYSTEM");
    return {std::string(result.text(0, 0)), static_cast<uint32_t>(result.number(0, 1)), std::string(result.text(0, 3))};
}

// The file's lines read "1<tab>0/3000000<tab>why": the timeline and where it was left.
std::optional<Lsn> end_of_timeline(Connection& replication, uint32_t now, uint32_t before) {
    const auto history = replication.exec(fmt::format("TIMELINE_HISTORY {}", now));
    std::istringstream lines{std::string(history.text(0, 1))};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream fields(line);
        uint32_t timeline = 0;
        std::string lsn;
        if (fields >> timeline >> lsn && timeline == before) return parse_lsn(lsn);
    }
    return std::nullopt;
}

std::string another_slot_name(const std::string& slot) {
    return slot.substr(0, kLongestSlotName - 2) + "_2";
}

std::optional<SlotState> find_slot(Connection& connection, const std::string& slot) {
    const bool says_why = connection.server_version() >= kFailoverSlots;
    const auto result = connection.exec(fmt::format("SELECT confirmed_flush_lsn, active_pid, database, plugin, "
                                                    "wal_status, {} FROM pg_replication_slots WHERE slot_name = $1",
                                                    says_why ? "invalidation_reason" : "NULL"),
                                        {slot});
    if (result.rows() == 0) return std::nullopt;
    SlotState state;
    state.confirmed_flush = lsn_of(result.text(0, 0));
    state.active_pid = result.number(0, 1);
    state.database = result.text(0, 2);
    state.plugin = result.text(0, 3);
    state.lost = result.text(0, 4) == "lost" || result.value(0, 5);
    state.lost_because = reason_of_loss(result.text(0, 5));
    return state;
}

std::optional<SlotLog> slot_log(Connection& connection, const std::string& slot) {
    const auto result = connection.exec(R"sql(
        SELECT pg_wal_lsn_diff(log.reached, restart_lsn)::bigint, wal_status, safe_wal_size, pg_wal_lsn_diff(log.reached, '0/0')::bigint
        FROM pg_replication_slots,
             (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END) AS log(reached)
        WHERE slot_name = $1)sql",
                                        {slot});
    if (result.rows() == 0) return std::nullopt;
    SlotLog log{.slot = slot,
                .end = result.number(0, 3),
                .retained_bytes = result.number(0, 0),
                .wal_status = std::string(result.text(0, 1)),
                .safe_wal_size = {},
                .budget = {}};
    if (result.value(0, 2)) log.safe_wal_size = result.number(0, 2);
    return log;
}

ExportedSnapshot create_slot(Connection& replication, const NewSlot& slot) {
    const bool standby = replication.exec("SELECT pg_is_in_recovery()").flag(0, 0);
    if (standby) {
        log::info(
            "making slot {} on a standby waits for the primary to log its running transactions; there, SELECT "
            "pg_log_standby_snapshot() does it at once",
            slot.name);
    }
    const bool failover =
        slot.failover && !slot.temporary && !standby && replication.server_version() >= kFailoverSlots;
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

void await_free_slot(Connection& connection, const std::string& slot, const std::atomic<bool>& interrupted) {
    const auto deadline = std::chrono::steady_clock::now() + kSlotPatience;
    for (bool said = false;; said = true) {
        const auto found = find_slot(connection, slot);
        if (!found || found->active_pid == 0) return;
        if (interrupted) throw Interrupted();
        const auto reader = fmt::format("slot {} is in use by process {} of the server", slot, found->active_pid);
        if (std::chrono::steady_clock::now() >= deadline) {
            throw SqlError(
                fmt::format(
                    "{}: stop that reader (SELECT pg_terminate_backend({})), or give this target a slot of its own "
                    "with --slot",
                    reader, found->active_pid),
                std::string(sqlstate::kObjectInUse), false);
        }
        if (!said) log::warn("{}; waiting up to {} s for it to end", reader, kSlotPatience.count());
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
}

Lsn current_lsn(Connection& connection) {
    return lsn_of(connection
                      .exec("SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE "
                            "pg_current_wal_flush_lsn() END")
                      .text(0, 0));
}

}  // namespace pintail::postgres
