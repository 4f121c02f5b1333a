#include "source/unchanged_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace pintail::source {
namespace {

// The table, its schema or one of its columns is not there any more.
constexpr std::array<std::string_view, 3> kUndefined = {"42P01", "3F000", "42703"};

// A table that was rewritten (ALTER TYPE, TRUNCATE) after the snapshot cannot be read through it: it would look empty.
// The lock keeps it as it is from here on.
bool lock_unchanged(postgres::Connection& connection, const std::string& relation, uint32_t oid) {
    connection.exec(fmt::format("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", relation));
    const auto same = connection.exec(
        fmt::format("SELECT pg_relation_filenode(oid) = relfilenode FROM pg_class WHERE oid = {}", oid));
    return same.rows() > 0 && same.flag(0, 0);
}

}  // namespace

std::unique_ptr<postgres::TableCopy> open_unchanged(postgres::Connection& connection, const std::string& relation,
                                                    uint32_t oid, const std::string& query) {
    connection.exec("SAVEPOINT chunk");
    try {
        if (lock_unchanged(connection, relation, oid)) return std::make_unique<postgres::TableCopy>(connection, query);
    } catch (const postgres::SqlError& problem) {
        if (std::find(kUndefined.begin(), kUndefined.end(), problem.sqlstate()) == kUndefined.end()) throw;
    }
    connection.exec("ROLLBACK TO SAVEPOINT chunk; RELEASE SAVEPOINT chunk");
    return nullptr;
}

}  // namespace pintail::source
