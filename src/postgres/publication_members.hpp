// Which tables publications have, as SQL. The server's own answer, pg_publication_tables, opens each table from
// PostgreSQL 16 on, and where there is a row filter on all versions: it waits for whoever has locked one. This one says
// the same and reads the catalog only.
#pragma once

#include <string>
#include <vector>

namespace pintail::postgres {

// For FROM: one row for each table that a publication has, in the form in which its changes come (a root for its
// partitions, or each partition with rows by itself). A table may be in several publications.
//   publication, relid   oids
//   names                name[]: the columns that are sent; NULL before PostgreSQL 15: all
//   filter_of            the oid of the row of pg_publication_rel with the row filter; NULL: all rows
//   filter               tells whether the filter is still the same; it can be read under the table's lock only
std::string publication_members(int server_version, const std::vector<std::string>& publications);

}  // namespace pintail::postgres
