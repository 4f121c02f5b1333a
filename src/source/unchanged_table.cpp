#include "source/unchanged_table.hpp"

#include <fmt/format.h>
#include "postgres/sqlstate.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace pintail::source {
namespace {

// The table, its schema or one of its columns is not there any more.
constexpr std::array<std::string_view, 3> kUndefined = {
    postgres::sqlstate::kUndefinedTable, postgres::sqlstate::kInvalidSchemaName, postgres::sqlstate::kUndefinedColumn};

// A table that was rewritten (ALTER TYPE, TRUNCATE) after the snapshot cannot be read through it: it would look empty.
// COPY finds table and columns by their names of now, while the copy is described by those in the snapshot: renamed
// ones would give one's values to the other. Scans of the catalog see the snapshot, its functions the moment. All
// columns, since a row filter may name others than are copied. Types that change without a rewrite read as they were.
constexpr const char* kUnchanged = R"sql(
SELECT c.oid = {1}::pg_catalog.regclass AND pg_relation_filenode(c.oid) = c.relfilenode AND NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IS DISTINCT FROM
        (pg_identify_object_as_address('pg_catalog.pg_class'::pg_catalog.regclass, c.oid, a.attnum)).object_names[3])
FROM pg_class c WHERE c.oid = {0})sql";

// The lock keeps it as it is from here on.
bool lock_unchanged(postgres::Connection& connection, const std::string& relation, uint32_t oid) {
    connection.exec(fmt::format("LOCK TABLE ONLY {} IN ACCESS SHARE MODE", relation));
    const auto same = connection.exec(fmt::format(kUnchanged, oid, postgres::quote_literal(relation)));
    return same.rows() > 0 && same.flag(0, 0);
}

}  // namespace

std::unique_ptr<postgres::TableCopy> open_unchanged(postgres::Connection& connection, const std::string& relation,
                                                    uint32_t oid, const std::function<std::string()>& query) {
    connection.exec("SAVEPOINT chunk");
    try {
        if (lock_unchanged(connection, relation, oid))
            return std::make_unique<postgres::TableCopy>(connection, query());
    } catch (const postgres::SqlError& problem) {
        if (std::find(kUndefined.begin(), kUndefined.end(), problem.sqlstate()) == kUndefined.end()) throw;
    }
    connection.exec("ROLLBACK TO SAVEPOINT chunk; RELEASE SAVEPOINT chunk");
    return nullptr;
}

}  // namespace pintail::source
