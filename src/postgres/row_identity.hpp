// By what the server tells a table's rows apart in UPDATE and DELETE (REPLICA IDENTITY), and why it cannot.
#pragma once

#include <optional>
#include <string>

#include "core/table_schema.hpp"
#include "postgres/connection.hpp"

namespace pintail::postgres {

// SQL: a row set of one row for the table `oid` with rows of its own, of pg_class.relreplident `kind`: (why, mend).
// `why`: what it has instead of an identity, as in "table t has …"; NULL: it has one. `mend`: the identity that it can
// be given.
std::string identity_lack_sql(const std::string& oid, const std::string& kind);

struct IdentityLack {
    std::string why;
    std::string mend;  // the statement
};

// Of a table with rows of its own. nullopt: its UPDATE and DELETE can be published, or there is no such table.
std::optional<IdentityLack> identity_lack(Connection& connection, const TableName& table);

}  // namespace pintail::postgres
