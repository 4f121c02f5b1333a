// Publications: which tables' changes the server sends
// (https://www.postgresql.org/docs/current/logical-replication-publication.html).
//
// Ours come in pairs: `name` for tables whose rows can be told apart, `name_inserts` (INSERT and TRUNCATE only) for
// the others: publishing UPDATE or DELETE of such a table would make these statements fail for the application.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// The server_version() from which on publications can have stored generated columns; ours do then.
inline constexpr int kPublishesGenerated = 180000;
inline constexpr int kColumnLists = 150000;  // column lists and row filters exist from PostgreSQL 15 on
inline constexpr int kSchemas = 150000;      // so do publications of all tables in a schema

struct PublishedTable {
    TableName name;
    uint32_t oid = 0;
    std::vector<std::string> columns;  // a column list; empty: all
    uint32_t filter_of = 0;            // where its row filter is to be found; 0: all rows
};

// SQL; empty: all rows. Waits for the table's lock, as whoever reads its rows does.
std::string row_filter(Connection& connection, const PublishedTable& table);

// A table that could be published: root of its partitions, not temporary, not unlogged, with a column at least that is
// sent (DuckDB has no tables without): PostgreSQL 18 is the first to send generated ones.
struct PublishableTable {
    TableName name;
    // What it has instead of a replica identity, as in "table t has …"; empty: UPDATE and DELETE can be published
    // without harm.
    std::string identity_lack;
    std::string identity_sql;  // gives one to it, or to those of its partitions that have none

    bool has_identity() const { return identity_lack.empty(); }
};

std::vector<PublishableTable> publishable_tables(Connection& connection);

// A table that pintail itself has put into the other publication of its pair, in one transaction: how it was published
// until then and how it is now, in the words of catalog_entries() ("ways").
struct MovedTable {
    std::string before;
    std::string now;
};

struct PublicationState {
    std::vector<std::string> names;  // to ask the stream for
    bool exists = false;
    bool ours = false;                 // made by pintail, or to be made: tables may be added
    std::vector<std::string> changed;  // what was done just now, for the log
    std::vector<MovedTable> moved;     // likewise
    std::set<TableName> locked;        // what was to be done of these was left, somebody has them locked
};

enum class Locks { waited_for, left };

// As an SQL list of literals.
std::string publication_list(const std::vector<std::string>& publications);

// Makes the publication(s), or adds what is missing to those that pintail made; somebody else's is used as it is.
// `not_wanted`: whose UPDATE and DELETE the server would refuse while they are published is taken out, too.
// Throws SqlError with the SQL for the tables' owner where the role may not, and of 55P03 where a table was locked just
// when it was to be altered although locks are to be left.
PublicationState ensure_publication(Connection& connection, const std::string& name,
                                    const std::vector<PublishableTable>& wanted,
                                    const std::vector<PublishableTable>& not_wanted, Locks locks);

// The statement was right when it was made: a table that it names was dropped or renamed before it was run.
bool is_overtaken_by_ddl(const SqlError& problem);

// What would be used, without making anything.
PublicationState find_publication(Connection& connection, const std::string& name);

// Those of them that are there.
std::set<uint32_t> publication_oids(Connection& connection, const std::vector<std::string>& publications);

// What would make pintail's own one, without tables: a run adds those.
std::string sql_of_own(Connection& connection, const std::string& name);

// Waits for nobody's lock.
std::vector<PublishedTable> published_tables(Connection& connection, const std::vector<std::string>& publications);

// Takes away the pair that pintail made; somebody else's stays. The names of those dropped.
std::vector<std::string> drop_own_publications(Connection& connection, const std::string& name);

}  // namespace pintail::postgres
