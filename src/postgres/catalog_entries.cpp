#include "postgres/catalog_entries.hpp"

#include <fmt/format.h>

#include "postgres/partition_tree.hpp"
#include "postgres/publication.hpp"
#include "postgres/publication_members.hpp"

namespace pintail::postgres {
namespace {

// member: the table itself and its partitions on all levels; `born`: made as a partition and never anything else, so
// that all of its rows have been in the stream. An attached one's columns were written anew behind its system columns.
// joined: the transaction that attached it, or made it so.
// missing: what rows from before the column hold in it; of partitions as far as they agree.
// A domain, an array, a composite or a range changes with the types that it is made of: type_step walks down to them.
// way: the rows of the catalog by which a table is published, each with the transaction that wrote it. Altering a
// publication's options writes its own row, taking a table or a schema out and in again, or another filter or list,
// that one's row; adding others writes none of these. A table that was moved out of a published schema and back is told
// by its dependency on the schema. VACUUM FREEZE and VACUUM FULL leave xmin as it reads.
constexpr const char* kEntries = R"sql(
WITH RECURSIVE
published AS (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relnatts, bool_or(p.pubupdate) AS updates,
           min(m.names::text)::name[] AS names, min(m.filter) AS filter
    FROM {0} m JOIN pg_publication p ON p.oid = m.publication
    JOIN pg_class c ON c.oid = m.relid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE true {3}
    GROUP BY c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relnatts),
attribute AS (
    SELECT published.oid AS root, a.*, a.xmin AS written_by
    FROM published JOIN pg_attribute a ON a.attrelid = published.oid
    WHERE a.attnum > 0 AND NOT a.attisdropped
      AND (a.attgenerated = '' OR {4}) AND (published.names IS NULL OR a.attname = ANY(published.names))),
member AS (
    SELECT published.oid AS root, c.oid, c.relkind, c.relfilenode, i.xmin AS joined, EXISTS (
        SELECT FROM pg_attribute s JOIN pg_attribute a ON a.attrelid = s.attrelid AND a.xmin = s.xmin AND a.cmin = s.cmin
        WHERE s.attrelid = c.oid AND s.attnum = -6 AND a.attnum > 0 AND a.attinhcount > 0) AS born
    FROM published CROSS JOIN LATERAL {1} tree
    JOIN pg_class c ON c.oid = tree.relid LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.oid <> published.oid),
line AS (
    SELECT published.oid AS root, published.oid AS relid FROM published
    UNION SELECT published.oid, relid FROM published CROSS JOIN LATERAL pg_partition_ancestors(published.oid) a(relid)),
publication AS (
    SELECT p.oid, p.puballtables, format('%s/%s', p.oid, p.xmin) AS written FROM pg_publication p WHERE p.pubname IN ({2})),
way(root, text) AS (
    SELECT published.oid, p.written FROM published JOIN publication p ON p.puballtables
    UNION ALL
    SELECT line.root, format('%s table %s/%s', p.written, r.oid, r.xmin)
    FROM line JOIN pg_publication_rel r ON r.prrelid = line.relid JOIN publication p ON p.oid = r.prpubid
    {5}),
type_step(root, oid) AS (
    SELECT root, atttypid FROM attribute
    UNION
    SELECT s.root, next.oid
    FROM type_step s JOIN pg_type t ON t.oid = s.oid
    CROSS JOIN LATERAL (
        SELECT t.typbasetype WHERE t.typtype = 'd'
        UNION ALL SELECT t.typelem WHERE t.typcategory = 'A'
        UNION ALL SELECT f.atttypid FROM pg_attribute f WHERE t.typtype = 'c' AND f.attrelid = t.typrelid AND f.attnum > 0 AND NOT f.attisdropped
        UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE r.rngtypid = t.oid) next(oid)
    WHERE next.oid <> 0),
identity AS (
    SELECT published.oid AS root, i.indexrelid AS index, json_agg(a.attname ORDER BY k.place) AS key
    FROM published JOIN pg_index i ON i.indrelid = published.oid
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
    JOIN pg_attribute a ON a.attrelid = published.oid AND a.attnum = k.attnum
    WHERE i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
      AND CASE published.relreplident WHEN 'i' THEN i.indisreplident WHEN 'n' THEN false ELSE i.indisprimary END
      AND k.place <= i.indnkeyatts
    GROUP BY published.oid, i.indexrelid HAVING bool_and(a.attnotnull))
SELECT json_build_object(
    'oid', published.oid, 'schema', published.nspname, 'table', published.relname, 'identity', published.relreplident,
    'publications', (SELECT json_agg(p.oid ORDER BY p.oid) FROM publication p),
    'ways', (SELECT coalesce(json_agg(w.text ORDER BY w.text), '[]') FROM way w WHERE w.root = published.oid),
    'updates', published.updates, 'filter', coalesce(published.filter, ''), 'last_attnum', published.relnatts,
    'key', (SELECT key FROM identity WHERE identity.root = published.oid), 'key_index', (SELECT index FROM identity WHERE identity.root = published.oid),
    'columns', (SELECT json_agg(json_build_object(
        'attnum', a.attnum, 'name', a.attname, 'type', a.atttypid, 'modifier', a.atttypmod, 'not_null', a.attnotnull, 'xid', a.written_by,
        'missing', (SELECT json_agg(DISTINCT (l.attmissingval::text::text[])[1]) FROM member JOIN pg_attribute l ON l.attrelid = member.oid
                    WHERE member.root = published.oid AND member.relkind = 'r' AND l.attname = a.attname)) ORDER BY a.attnum)
        FROM attribute a WHERE a.root = published.oid),
    'members', (SELECT json_agg(json_build_object('oid', m.oid, 'file', m.relfilenode, 'born', m.born, 'joined', m.joined) ORDER BY m.oid) FROM member m WHERE m.root = published.oid),
    'labels', (SELECT json_object_agg(e.oid, e.enumlabel ORDER BY e.oid) FROM type_step s JOIN pg_enum e ON e.enumtypid = s.oid WHERE s.root = published.oid),
    'composites', (SELECT json_object_agg(t.oid, f.fields ORDER BY t.oid) FROM type_step s JOIN pg_type t ON t.oid = s.oid AND t.typtype = 'c'
        CROSS JOIN LATERAL (SELECT string_agg(format('%s %s %s', a.attnum, a.atttypid, a.attname), ', ' ORDER BY a.attnum)
            FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) f(fields)
        WHERE s.root = published.oid))::text
FROM published ORDER BY published.oid
)sql";

constexpr const char* kSchemaWays = R"sql(
    UNION ALL
    SELECT line.root, format('%s schema %s/%s %s', p.written, s.oid, s.xmin, d.xmin)
    FROM line JOIN pg_class c ON c.oid = line.relid
    JOIN pg_publication_namespace s ON s.pnnspid = c.relnamespace JOIN publication p ON p.oid = s.pnpubid
    LEFT JOIN pg_depend d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass)sql";

}  // namespace

std::vector<std::string> catalog_entries(Connection& connection, const std::vector<std::string>& publications,
                                         std::optional<uint32_t> oid) {
    const auto result = connection.exec(fmt::format(
        kEntries, publication_members(connection.server_version(), publications), partition_tree("published.oid"),
        publication_list(publications), oid ? fmt::format("AND c.oid = {}", *oid) : "",
        connection.server_version() >= kPublishesGenerated ? "published.names IS NOT NULL" : "false",
        connection.server_version() >= kSchemas ? kSchemaWays : ""));
    std::vector<std::string> entries;
    for (int row = 0; row < result.rows(); ++row) entries.emplace_back(result.text(row, 0));
    return entries;
}

}  // namespace pintail::postgres
