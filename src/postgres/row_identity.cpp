#include "postgres/row_identity.hpp"

#include <fmt/format.h>

namespace pintail::postgres {

// A deferrable key is none to the server: rows may share it until the transaction ends.
std::string identity_lack_sql(const std::string& oid, const std::string& kind) {
    return fmt::format(R"sql((
        SELECT CASE WHEN {1} = 'f' OR {1} = 'd' AND has.key OR {1} = 'i' AND has.index THEN NULL
                    WHEN {1} = 'n' THEN 'REPLICA IDENTITY NOTHING'
                    WHEN {1} = 'i' THEN 'no index any more that its REPLICA IDENTITY named'
                    WHEN has.deferrable_key THEN 'a DEFERRABLE primary key, which PostgreSQL does not take for a replica identity'
                    ELSE 'no primary key and no replica identity' END AS why,
               CASE WHEN has.key THEN 'DEFAULT' ELSE 'FULL' END AS mend
        FROM (SELECT coalesce(bool_or(i.indisprimary AND i.indimmediate), false) AS key,
                     coalesce(bool_or(i.indisreplident AND i.indimmediate), false) AS index,
                     coalesce(bool_or(i.indisprimary AND NOT i.indimmediate), false) AS deferrable_key
              FROM pg_index i WHERE i.indrelid = {0} AND i.indisunique AND i.indisvalid) has))sql",
                       oid, kind);
}

std::optional<IdentityLack> identity_lack(Connection& connection, const TableName& table) {
    const auto result = connection.exec(fmt::format(R"sql(
        SELECT lack.why, lack.mend FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN LATERAL {} lack
        WHERE n.nspname = $1 AND c.relname = $2 AND lack.why IS NOT NULL)sql",
                                                    identity_lack_sql("c.oid", "c.relreplident")),
                                        {table.schema, table.table});
    if (result.rows() == 0) return std::nullopt;
    return IdentityLack{std::string(result.text(0, 0)),
                        fmt::format("ALTER TABLE {}.{} REPLICA IDENTITY {}", quote_identifier(table.schema),
                                    quote_identifier(table.table), result.text(0, 1))};
}

}  // namespace pintail::postgres
