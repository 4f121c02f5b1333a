#include "duck/relation_move.hpp"

#include <fmt/format.h>

#include "duck/quote.hpp"
#include "duck/row_slices.hpp"

namespace pintail::duck {
namespace {

void move_rows(const Connection& connection, const std::string& from, const std::string& to) {
    connection.run(fmt::format("CREATE TABLE {} AS FROM {} LIMIT 0", to, from));
    copy_rows(connection, from, to, "t.*");
    connection.run("DROP TABLE " + from);
}

}  // namespace

void copy_rows(const Connection& connection, const std::string& from, const std::string& into,
               const std::string& values) {
    for (const int64_t first : row_slices(connection, from)) {
        connection.run(
            fmt::format("INSERT INTO {} SELECT {} FROM {} AS t WHERE {}", into, values, from, in_slice("t", first)));
    }
}

std::string name_of_successor(const Relation& relation) {
    return "__pintail_new_" + relation.name;
}

void move_relation(const Connection& connection, const Relation& from, const Relation& to, bool rows_changed) {
    if (from.schema == to.schema && !rows_changed) {
        connection.run(fmt::format("ALTER TABLE {} RENAME TO {}", from.sql(), quote_name(to.name)));
        return;
    }
    // DuckDB has no ALTER TABLE … SET SCHEMA.
    connection.run(fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", quote_name(to.catalog), quote_name(to.schema)));
    move_rows(connection, from.sql(), to.sql());
}

}  // namespace pintail::duck
