#include "postgres/read_rights.hpp"

#include <fmt/format.h>

#include "postgres/partition_tree.hpp"

namespace pintail::postgres {

// A table that goes meanwhile has no privileges to ask for: NULL.
std::map<uint32_t, std::string> lacking_grants(Connection& connection, const std::vector<uint32_t>& tables) {
    if (tables.empty()) return {};
    const auto result = connection.exec(fmt::format(R"sql(
        SELECT root.oid, string_agg(format('GRANT USAGE ON SCHEMA %1$I TO %3$I; GRANT SELECT ON %1$I.%2$I TO %3$I',
                                           n.nspname, c.relname, current_user), '; ' ORDER BY n.nspname, c.relname)
        FROM pg_class root CROSS JOIN LATERAL {} leaf
        JOIN pg_class c ON c.oid = leaf.relid AND c.relkind <> 'p' JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE root.oid IN ({})
          AND NOT coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), true)
        GROUP BY root.oid)sql",
                                                    partition_tree("root.oid"), fmt::join(tables, ", ")));
    std::map<uint32_t, std::string> lacking;
    for (int row = 0; row < result.rows(); ++row)
        lacking.emplace(static_cast<uint32_t>(result.number(row, 0)), std::string(result.text(row, 1)));
    return lacking;
}

}  // namespace pintail::postgres
