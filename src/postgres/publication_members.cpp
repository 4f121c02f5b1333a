#include "postgres/publication_members.hpp"

#include <fmt/format.h>

#include "postgres/partition_tree.hpp"
#include "postgres/publication.hpp"

namespace pintail::postgres {
namespace {

// given: as it was said, by FOR ALL TABLES, FOR TABLE and TABLES IN SCHEMA. Of the first and the last those that can be
// published at all: what initdb has made, below 16384, cannot.
// member: with publish_via_partition_root tables as they were given, without those whose root was given, too; else
// the partitions with rows.
constexpr const char* kMembers = R"sql((
WITH publication AS MATERIALIZED (SELECT p.* FROM pg_publication p WHERE p.pubname IN ({publications})),
publishable AS (
    SELECT c.oid, c.relkind, c.relispartition, c.relnamespace FROM pg_class c
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384),
given(publication, relid) AS (
    SELECT p.oid, c.oid FROM publication p JOIN publishable c
        ON CASE WHEN p.pubviaroot THEN NOT c.relispartition ELSE c.relkind = 'r' END
    WHERE p.puballtables
    UNION
    SELECT p.oid, r.prrelid FROM publication p JOIN pg_publication_rel r ON r.prpubid = p.oid
    {of_schemas}),
tree(publication, relid) AS (
    SELECT publication, relid FROM given
    UNION
    SELECT given.publication, part.relid FROM given JOIN publication p ON p.oid = given.publication AND NOT p.pubviaroot
    JOIN pg_class c ON c.oid = given.relid AND c.relkind = 'p' CROSS JOIN LATERAL {partitions} part),
member AS (
    SELECT tree.publication, tree.relid, c.relnamespace FROM tree
    JOIN publication p ON p.oid = tree.publication JOIN pg_class c ON c.oid = tree.relid
    WHERE CASE WHEN p.pubviaroot THEN NOT c.relispartition OR NOT EXISTS (
            SELECT FROM pg_partition_ancestors(tree.relid) a JOIN given g ON g.publication = tree.publication AND g.relid = a.relid
            WHERE a.relid <> tree.relid)
        ELSE c.relkind <> 'p' END)
SELECT member.publication, member.relid, {lists}
FROM member JOIN publication p ON p.oid = member.publication {own_row}) )sql";

constexpr const char* kOfSchemas = R"sql(
    UNION
    SELECT p.oid, c.oid FROM publication p JOIN pg_publication_namespace n ON n.pnpubid = p.oid
    JOIN publishable c ON c.relnamespace = n.pnnspid)sql";

// List and filter are those that were given for this very table, and count only where nothing else publishes all of it.
constexpr const char* kOwnRow = R"sql(
LEFT JOIN pg_publication_rel r ON r.prpubid = member.publication AND r.prrelid = member.relid AND NOT p.puballtables
    AND NOT EXISTS (SELECT FROM pg_publication_namespace n WHERE n.pnpubid = p.oid AND n.pnnspid = member.relnamespace))sql";

constexpr const char* kLists = R"sql(
    (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a
     WHERE a.attrelid = member.relid AND a.attnum > 0 AND NOT a.attisdropped
       AND CASE WHEN r.prattrs IS NULL THEN a.attgenerated = '' OR {generated} ELSE a.attnum = ANY (r.prattrs) END) AS names,
    CASE WHEN r.prqual IS NOT NULL THEN r.oid END AS filter_of, md5(r.prqual::text) AS filter)sql";

}  // namespace

std::string publication_members(int server_version, const std::vector<std::string>& publications) {
    using fmt::arg;
    const bool lists = server_version >= kColumnLists;
    const bool generated = server_version >= kPublishesGenerated;
    return fmt::format(
        kMembers, arg("publications", publication_list(publications)), arg("partitions", partition_tree("given.relid")),
        arg("of_schemas", server_version >= kSchemas ? kOfSchemas : ""),
        arg("lists",
            lists ? fmt::format(kLists,
                                arg("generated", generated ? "a.attgenerated = 's' AND p.pubgencols = 's'" : "false"))
                  : "NULL::name[] AS names, NULL::oid AS filter_of, NULL::text AS filter"),
        arg("own_row", lists ? kOwnRow : ""));
}

}  // namespace pintail::postgres
