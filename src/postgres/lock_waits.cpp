#include "postgres/lock_waits.hpp"

#include <fmt/format.h>

namespace pintail::postgres {
namespace {

// A new slot waits for transactions, one after the other, all else for tables. What others run only the privileged see.
constexpr const char* kWaits = R"sql(
SELECT format('waiting for %s: process %s of the server (%s, %s) has it; SELECT pg_terminate_backend(%2$s) would end that session',
              CASE WHEN c.oid IS NULL THEN 'a transaction that has to end before a snapshot can be taken' ELSE format('the lock of table %s.%s', n.nspname, c.relname) END,
              b.pid, coalesce(nullif(h.application_name, ''), 'no name'), coalesce(h.state, 'state not known'))
FROM pg_locks l CROSS JOIN LATERAL unnest(pg_blocking_pids(l.pid)) b(pid)
LEFT JOIN pg_class c ON l.locktype = 'relation' AND c.oid = l.relation LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_activity h ON h.pid = b.pid
WHERE NOT l.granted AND l.pid IN ({}) AND l.waitstart < clock_timestamp() - interval '1 s' AND b.pid NOT IN ({}))sql";

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
    const auto found = connection.exec(fmt::format(kWaits, list, list));
    std::set<std::string> waits;
    for (int row = 0; row < found.rows(); ++row) waits.emplace(found.text(row, 0));
    return waits;
}

std::set<TableName> locked_tables(Connection& connection) {
    const auto found = connection.exec(kLocked);
    std::set<TableName> tables;
    for (int row = 0; row < found.rows(); ++row) tables.insert({std::string(found.text(row, 0)), std::string(found.text(row, 1))});
    return tables;
}

}  // namespace pintail::postgres
