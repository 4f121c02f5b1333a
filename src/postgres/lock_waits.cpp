#include "postgres/lock_waits.hpp"

#include <fmt/format.h>

namespace pintail::postgres {
namespace {

// A new slot waits for transactions, one after the other and those of all databases, all else for tables. What others
// run only the privileged see. A prepared transaction has no process (it counts as 0); all have a lock on their own
// number.
constexpr const char* kWaits = R"sql(
SELECT format('waiting for %s: %s',
    CASE WHEN c.oid IS NULL THEN 'a transaction that has to end before a snapshot can be taken' ELSE format('the lock of table %s.%s', n.nspname, c.relname) END,
    CASE WHEN b.pid <> 0 THEN
        format('process %s of the server (%s, %s) has it; SELECT pg_terminate_backend(%1$s) would end that session',
               b.pid, coalesce(nullif(h.application_name, ''), 'no name'), coalesce(h.state, 'state not known'))
    ELSE
        format('prepared transaction %L has it; ROLLBACK PREPARED %1$L or COMMIT PREPARED %1$L in database %s would end it', x.gid, x.database)
    END)
FROM pg_locks l CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) b(pid)
LEFT JOIN pg_class c ON l.locktype = 'relation' AND c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity h ON h.pid = b.pid
LEFT JOIN LATERAL (
    SELECT p.gid, p.database
    FROM pg_locks held JOIN pg_locks own ON own.virtualtransaction = held.virtualtransaction AND own.locktype = 'transactionid' AND own.pid IS NULL
    JOIN pg_prepared_xacts p ON p.transaction = own.transactionid
    WHERE b.pid = 0 AND held.pid IS NULL AND held.granted AND held.locktype = l.locktype AND held.database IS NOT DISTINCT FROM l.database
      AND held.relation IS NOT DISTINCT FROM l.relation AND held.transactionid IS NOT DISTINCT FROM l.transactionid
    LIMIT 1) x ON true
WHERE NOT l.granted AND l.pid IN ({0}) AND l.waitstart < clock_timestamp() - interval '1 s' AND b.pid NOT IN ({0}))sql";

// What kind of session it is, is NULL where it may not be seen; its transaction's number always may. That of a prepared
// transaction is its own: who commits it has none.
constexpr const char* kAwaitingStandby = R"sql(
WITH session AS (
    SELECT backend_xid AS xid, wait_event = 'SyncRep' AS waits, backend_type IS NULL AS hidden FROM pg_stat_activity)
SELECT xid FROM session WHERE xid IS NOT NULL AND (waits OR hidden AND current_setting('synchronous_standby_names') <> '')
UNION SELECT transaction FROM pg_prepared_xacts WHERE EXISTS (SELECT FROM session WHERE waits AND xid IS NULL))sql";

constexpr const char* kLocked = R"sql(
SELECT n.nspname, c.relname
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
  AND l.pid <> pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'autovacuum worker')sql";

}  // namespace

std::set<std::string> lock_waits(Connection& connection, const std::vector<int>& pids) {
    if (pids.empty()) return {};
    const auto list = fmt::format("{}", fmt::join(pids, ", "));
    const auto found = connection.exec(fmt::format(kWaits, list));
    std::set<std::string> waits;
    for (int row = 0; row < found.rows(); ++row) waits.emplace(found.text(row, 0));
    return waits;
}

std::vector<uint32_t> commits_awaiting_standby(Connection& connection) {
    const auto found = connection.exec(kAwaitingStandby);
    std::vector<uint32_t> xids;
    for (int row = 0; row < found.rows(); ++row) xids.push_back(static_cast<uint32_t>(found.number(row, 0)));
    return xids;
}

std::set<TableName> locked_tables(Connection& connection) {
    const auto found = connection.exec(kLocked);
    std::set<TableName> tables;
    for (int row = 0; row < found.rows(); ++row)
        tables.insert({std::string(found.text(row, 0)), std::string(found.text(row, 1))});
    return tables;
}

}  // namespace pintail::postgres
