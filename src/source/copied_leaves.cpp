#include "source/copied_leaves.hpp"

#include <fmt/format.h>

#include "postgres/partition_tree.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::source {
namespace {

// The size cuts the work and tells how far it is, no more. The server opens a relation to say it: where somebody has
// locked one, what was counted last has to do.
constexpr const char* kPagesNow = "coalesce(pg_relation_size(c.oid), 0) / current_setting('block_size')::int";
constexpr const char* kPagesCounted = "greatest(c.relpages, 0)";

postgres::Result ask(postgres::Connection& connection, const TableName& table, const char* pages) {
    return connection.exec(fmt::format(R"sql(
        SELECT n.nspname, c.relname, c.oid, {}
        FROM pg_class root JOIN pg_namespace rn ON rn.oid = root.relnamespace AND root.relkind IN ('r', 'p')
        CROSS JOIN LATERAL {} leaf
        JOIN pg_class c ON c.oid = leaf.relid AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE rn.nspname = $1 AND root.relname = $2)sql",
                                       pages, postgres::partition_tree("root.oid")),
                           {table.schema, table.table});
}

postgres::Result ask_without_waiting(postgres::Connection& connection, const TableName& table) {
    constexpr const char* kBack = "ROLLBACK TO SAVEPOINT sizes; RELEASE SAVEPOINT sizes";
    connection.exec("SAVEPOINT sizes; SET LOCAL lock_timeout = '100ms'");
    try {
        auto leaves = ask(connection, table, kPagesNow);
        connection.exec(kBack);
        return leaves;
    } catch (const postgres::SqlError& problem) {
        if (problem.sqlstate() != postgres::sqlstate::kLockNotAvailable) throw;
    }
    connection.exec(kBack);
    return ask(connection, table, kPagesCounted);
}

}  // namespace

std::vector<CopiedLeaf> copied_leaves(postgres::Connection& connection, const TableName& table) {
    const auto found = ask_without_waiting(connection, table);
    std::vector<CopiedLeaf> leaves;
    for (int row = 0; row < found.rows(); ++row) {
        leaves.push_back({{std::string(found.text(row, 0)), std::string(found.text(row, 1))},
                          static_cast<uint32_t>(found.number(row, 2)),
                          static_cast<uint64_t>(found.number(row, 3))});
    }
    return leaves;
}

}  // namespace pintail::source
