#include "postgres/publication.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "postgres/lock_waits.hpp"
#include "postgres/partition_tree.hpp"
#include "postgres/publication_members.hpp"
#include "postgres/row_identity.hpp"
#include "postgres/sqlstate.hpp"

namespace pintail::postgres {
namespace {

constexpr const char* kMark = "made by pintail";  // the publication's comment: tells ours from others
constexpr const char* kAllChanges = "insert, update, delete, truncate";
// Of tables that nobody had locked a moment before; longer than autovacuum takes to go (deadlock_timeout, 1 s).
constexpr const char* kLockPatience = "SET LOCAL lock_timeout = '2s'; ";

std::string sql_name(const TableName& name) {
    return quote_identifier(name.schema) + "." + quote_identifier(name.table);
}

std::string inserts_of(const std::string& name) {
    return name + "_inserts";
}

bool exists(Connection& connection, const std::string& name) {
    return connection.exec("SELECT FROM pg_publication WHERE pubname = $1", {name}).rows() > 0;
}

bool is_ours(Connection& connection, const std::string& name) {
    return connection
               .exec("SELECT FROM pg_publication WHERE pubname = $1 AND obj_description(oid, 'pg_publication') = $2",
                     {name, kMark})
               .rows() > 0;
}

std::set<TableName> members(Connection& connection, const std::string& name) {
    const auto result = connection.exec(R"sql(
        SELECT n.nspname, c.relname FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
        JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE p.pubname = $1)sql",
                                        {name});
    std::set<TableName> found;
    for (int row = 0; row < result.rows(); ++row)
        found.insert({std::string(result.text(row, 0)), std::string(result.text(row, 1))});
    return found;
}

std::vector<std::string> sql_names(const std::set<TableName>& tables) {
    std::vector<std::string> names;
    for (const TableName& table : tables) names.push_back(sql_name(table));
    return names;
}

void leave(const std::set<TableName>& locked, std::set<TableName>& tables, std::set<TableName>& left) {
    std::erase_if(tables, [&](const TableName& table) { return locked.contains(table) && (left.insert(table), true); });
}

// CREATE, or ADD and DROP of what differs. The statements, to be run or shown.
std::vector<std::string> statements_for(Connection& connection, const std::string& name, std::set<TableName> wanted,
                                        const std::set<TableName>& elsewhere, const char* publish,
                                        const std::set<TableName>& locked, std::set<TableName>& left) {
    const std::string quoted = quote_identifier(name);
    if (!exists(connection, name)) {
        leave(locked, wanted, left);
        const std::string tables =
            wanted.empty() ? "" : fmt::format(" FOR TABLE {}", fmt::join(sql_names(wanted), ", "));
        const char* generated =
            connection.server_version() >= kPublishesGenerated ? ", publish_generated_columns = stored" : "";
        return {fmt::format("CREATE PUBLICATION {}{} WITH (publish = '{}', publish_via_partition_root = true{})",
                            quoted, tables, publish, generated),
                fmt::format("COMMENT ON PUBLICATION {} IS {}", quoted, quote_literal(kMark))};
    }
    std::set<TableName> missing, moved;
    const auto present = members(connection, name);
    std::set_difference(wanted.begin(), wanted.end(), present.begin(), present.end(),
                        std::inserter(missing, missing.end()));
    std::set_intersection(present.begin(), present.end(), elsewhere.begin(), elsewhere.end(),
                          std::inserter(moved, moved.end()));
    leave(locked, missing, left);
    leave(locked, moved, left);
    std::vector<std::string> statements;
    if (!moved.empty())
        statements.push_back(
            fmt::format("ALTER PUBLICATION {} DROP TABLE {}", quoted, fmt::join(sql_names(moved), ", ")));
    if (!missing.empty())
        statements.push_back(
            fmt::format("ALTER PUBLICATION {} ADD TABLE {}", quoted, fmt::join(sql_names(missing), ", ")));
    return statements;
}

// How each table is published by name, by oid. The text is that of catalog_entries().
std::map<std::string, std::set<std::string>> ways_of(Connection& connection,
                                                     const std::vector<std::string>& publications) {
    const auto result = connection.exec(fmt::format(
        "SELECT r.prrelid, format('%s/%s table %s/%s', p.oid, p.xmin, r.oid, r.xmin) FROM pg_publication_rel r "
        "JOIN pg_publication p ON p.oid = r.prpubid WHERE p.pubname IN ({})",
        publication_list(publications)));
    std::map<std::string, std::set<std::string>> ways;
    for (int row = 0; row < result.rows(); ++row) ways[std::string(result.text(row, 0))].emplace(result.text(row, 1));
    return ways;
}

std::vector<MovedTable> moved_between(const std::map<std::string, std::set<std::string>>& before,
                                      const std::map<std::string, std::set<std::string>>& now) {
    std::vector<MovedTable> moved;
    for (const auto& [table, ways] : before) {
        const auto found = now.find(table);
        if (found == now.end() || found->second == ways || ways.size() != 1 || found->second.size() != 1) continue;
        moved.push_back({*ways.begin(), *found->second.begin()});
    }
    return moved;
}

void run_all(Connection& connection, const std::vector<std::string>& statements, Locks locks) {
    if (statements.empty()) return;
    try {
        connection.exec(
            fmt::format("BEGIN; {}{}; COMMIT", locks == Locks::left ? kLockPatience : "", fmt::join(statements, "; ")));
    } catch (const SqlError& problem) {
        connection.exec("ROLLBACK");
        if (problem.sqlstate() == sqlstate::kReadOnlyTransaction) {
            throw SqlError(fmt::format("the server is a standby: publications are made on its primary. Run there: {}",
                                       fmt::join(statements, "; ")),
                           problem.sqlstate(), false);
        }
        if (problem.sqlstate() == sqlstate::kLockNotAvailable)
            throw SqlError(
                fmt::format("{}: somebody locked a table just as its publication was to be altered", problem.what()),
                problem.sqlstate(), true);
        if (problem.sqlstate() != sqlstate::kInsufficientPrivilege) throw;
        throw SqlError(fmt::format("{}. The tables' owner, with CREATE on the database, has to run: {}", problem.what(),
                                   fmt::join(statements, "; ")),
                       problem.sqlstate(), false);
    }
}

std::vector<std::string> names_in(std::string_view array) {
    std::vector<std::string> names;  // joined by \x01 in SQL: no quoting to undo
    while (!array.empty()) {
        const size_t end = std::min(array.find('\x01'), array.size());
        names.emplace_back(array.substr(0, end));
        array.remove_prefix(std::min(end + 1, array.size()));
    }
    return names;
}

}  // namespace

std::vector<PublishableTable> publishable_tables(Connection& connection) {
    // A leaf's identity decides: its rows are what UPDATE and DELETE are refused for.
    const auto result =
        connection.exec(fmt::format(R"sql(
        WITH leaf AS (
            SELECT c.oid AS root, l.relid AS oid FROM pg_class c CROSS JOIN LATERAL {} l
            WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition),
        identity AS (
            SELECT leaf.root,
                   (array_agg(CASE WHEN leaf.oid <> leaf.root THEN 'a partition with ' ELSE '' END || lack.why ORDER BY leaf.oid)
                       FILTER (WHERE lack.why IS NOT NULL))[1] AS lack,
                   string_agg(format('ALTER TABLE "%s"."%s" REPLICA IDENTITY %s', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""'),
                                     lack.mend), '; ' ORDER BY leaf.oid) FILTER (WHERE lack.why IS NOT NULL) AS mend
            FROM leaf JOIN pg_class c ON c.oid = leaf.oid JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL {} lack
            GROUP BY leaf.root)
        SELECT n.nspname, c.relname, coalesce(identity.lack, ''), coalesce(identity.mend, '')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN identity ON identity.root = c.oid
        WHERE c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
          AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              AND (a.attgenerated = '' OR a.attgenerated = 's' AND current_setting('server_version_num')::int >= 180000))
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        ORDER BY 1, 2)sql",
                                    partition_tree("c.oid"), identity_lack_sql("c.oid", "c.relreplident")));
    std::vector<PublishableTable> tables;
    for (int row = 0; row < result.rows(); ++row)
        tables.push_back({{std::string(result.text(row, 0)), std::string(result.text(row, 1))},
                          std::string(result.text(row, 2)),
                          std::string(result.text(row, 3))});
    return tables;
}

// Undefined table or schema; a member already, which got the name of one that was to be added; no member any more: the
// session of a killed run may still do what it was asked for. The last one is what PostgreSQL itself says when a table
// goes while its catalog is read.
bool is_overtaken_by_ddl(const SqlError& problem) {
    if (problem.is_any_of({sqlstate::kUndefinedTable, sqlstate::kInvalidSchemaName, sqlstate::kDuplicateObject,
                           sqlstate::kUndefinedObject}))
        return true;
    return problem.sqlstate() == sqlstate::kInternalError &&
           std::string_view(problem.what()).find("could not open relation with OID") != std::string_view::npos;
}

PublicationState find_publication(Connection& connection, const std::string& name) {
    PublicationState state;
    state.exists = exists(connection, name);
    state.ours = !state.exists || is_ours(connection, name);
    state.names.push_back(name);
    if (state.ours) state.names.push_back(inserts_of(name));
    return state;
}

PublicationState ensure_publication(Connection& connection, const std::string& name,
                                    const std::vector<PublishableTable>& wanted,
                                    const std::vector<PublishableTable>& not_wanted, Locks locks) {
    PublicationState state = find_publication(connection, name);
    if (!state.ours) return state;
    std::set<TableName> told_apart, others;
    for (const PublishableTable& table : wanted) (table.has_identity() ? told_apart : others).insert(table.name);
    std::set<TableName> harmed = others;
    for (const PublishableTable& table : not_wanted) {
        if (!table.has_identity()) harmed.insert(table.name);
    }
    const auto locked = locks == Locks::left ? locked_tables(connection) : std::set<TableName>{};
    state.changed = statements_for(connection, name, told_apart, harmed, kAllChanges, locked, state.locked);
    for (auto& statement :
         statements_for(connection, inserts_of(name), others, told_apart, "insert, truncate", locked, state.locked))
        state.changed.push_back(std::move(statement));
    if (state.changed.empty()) return state;
    const auto before = ways_of(connection, state.names);
    run_all(connection, state.changed, locks);
    state.moved = moved_between(before, ways_of(connection, state.names));
    return state;
}

std::set<uint32_t> publication_oids(Connection& connection, const std::vector<std::string>& publications) {
    const auto result = connection.exec(
        fmt::format("SELECT oid FROM pg_publication WHERE pubname IN ({})", publication_list(publications)));
    std::set<uint32_t> oids;
    for (int row = 0; row < result.rows(); ++row) oids.insert(static_cast<uint32_t>(result.number(row, 0)));
    return oids;
}

std::string sql_of_own(Connection& connection, const std::string& name) {
    std::set<TableName> none;
    return fmt::format("{}", fmt::join(statements_for(connection, name, {}, {}, kAllChanges, {}, none), "; "));
}

std::string publication_list(const std::vector<std::string>& publications) {
    std::vector<std::string> literals;
    for (const auto& name : publications) literals.push_back(quote_literal(name));
    return fmt::format("{}", fmt::join(literals, ", "));
}

std::vector<PublishedTable> published_tables(Connection& connection, const std::vector<std::string>& publications) {
    // names holds all columns where there is no list; then generated columns are missing as they are in the stream.
    const auto result = connection.exec(
        fmt::format("SELECT n.nspname, c.relname, c.oid, array_to_string(m.names, E'\\x01'), m.filter_of FROM {} m "
                    "JOIN pg_class c ON c.oid = m.relid JOIN pg_namespace n ON n.oid = c.relnamespace "
                    "WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT "
                    "a.attisdropped) ORDER BY 1, 2",
                    publication_members(connection.server_version(), publications)));
    std::vector<PublishedTable> tables;
    for (int row = 0; row < result.rows(); ++row) {
        PublishedTable table{{std::string(result.text(row, 0)), std::string(result.text(row, 1))},
                             static_cast<uint32_t>(result.number(row, 2)),
                             names_in(result.text(row, 3)),
                             static_cast<uint32_t>(result.number(row, 4))};
        if (tables.empty() || tables.back().name != table.name) tables.push_back(std::move(table));
    }
    return tables;
}

std::string row_filter(Connection& connection, const PublishedTable& table) {
    if (table.filter_of == 0) return "";
    const auto result = connection.exec(
        fmt::format("SELECT pg_get_expr(prqual, prrelid) FROM pg_publication_rel WHERE oid = {}", table.filter_of));
    if (result.rows() > 0 && result.value(0, 0)) return std::string(result.text(0, 0));
    throw SqlError(fmt::format("the row filter of table {} is gone: it was dropped, or taken out of its publication",
                               to_string(table.name)),
                   std::string(sqlstate::kUndefinedTable), false);
}

std::vector<std::string> drop_own_publications(Connection& connection, const std::string& name) {
    std::vector<std::string> dropped;
    for (const std::string& each : {name, inserts_of(name)}) {
        if (!is_ours(connection, each)) continue;
        connection.exec("DROP PUBLICATION " + quote_identifier(each));
        dropped.push_back(each);
    }
    return dropped;
}

}  // namespace pintail::postgres
