#include "postgres/unlogged.hpp"

#include <fmt/format.h>

namespace pintail::postgres {

std::vector<UnloggedTable> unlogged_tables(Connection& connection) {
    const auto result = connection.exec(R"sql(
        SELECT n.nspname, c.relname, rn.nspname, root.relname
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class root ON root.oid = coalesce(pg_partition_root(c.oid), c.oid) JOIN pg_namespace rn ON rn.oid = root.relnamespace
        WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'u'
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1, 2)sql");
    std::vector<UnloggedTable> tables;
    const auto name_at = [&](int row, int column) {
        return TableName{std::string(result.text(row, column)), std::string(result.text(row, column + 1))};
    };
    for (int row = 0; row < result.rows(); ++row) tables.push_back({name_at(row, 0), name_at(row, 2)});
    return tables;
}

std::string unlogged_note(const UnloggedTable& table) {
    const std::string mend = fmt::format("ALTER TABLE {}.{} SET LOGGED", quote_identifier(table.name.schema),
                                         quote_identifier(table.name.table));
    if (table.name == table.root) {
        return fmt::format(
            "table {} is unlogged: its changes are not in the server's log, so it is left out. To have it "
            "followed: {}",
            to_string(table.name), mend);
    }
    return fmt::format(
        "partition {} of {} is unlogged: its changes are not in the server's log and do not reach the "
        "target. To have them followed: {}",
        to_string(table.name), to_string(table.root), mend);
}

}  // namespace pintail::postgres
