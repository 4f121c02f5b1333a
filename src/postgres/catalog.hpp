// Tables as Postgres' catalog describes them (https://www.postgresql.org/docs/current/catalogs.html).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/source_table.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// Ordinary and partitioned tables; nullopt when there is none of that name (views and foreign tables have no
// changes to give). Domains are resolved to what they stand for, arrays to their element.
//
// `key` is the identity that the stream's UPDATE and DELETE are told apart by: the replica identity's index; under
// REPLICA IDENTITY FULL the primary key. An index counts only when it is unique, valid, immediate (a deferrable key
// can swap rows within a transaction), without predicate and expressions, and on NOT NULL columns.
std::optional<SourceTable> describe_table(Connection& connection, const TableName& name);

// Why the stream has no such generated column and what to do about it, as a sentence.
std::string generated_column_lost(const SourceColumn& column);

// All user tables that could be captured, by name; partitions included, temporary and unlogged ones not.
std::vector<TableName> list_tables(Connection& connection);

// The partitions with rows of their own below a partitioned table (or the table itself, when it is not one).
std::vector<TableName> leaves_of(Connection& connection, const TableName& name);

// The server's clock, microseconds since 1970, when the open transaction began.
int64_t server_clock_us(Connection& connection);

}  // namespace pintail::postgres
