// A published table as the source's catalog had it at one moment: what the target was last in line with, and what is
// there now. The target keeps it as text (CatalogNote), so that DDL which sends no message is noticed, also after a
// restart.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/table_schema.hpp"
#include "wire/pgoutput.hpp"

namespace pintail::source {

struct CatalogColumn {
    int16_t attnum = 0;  // a column's own for ever: names and types may change, numbers are never given twice
    std::string name;
    uint32_t type = 0;
    int32_t modifier = -1;
    bool not_null = false;
    uint32_t xid = 0;  // the transaction that wrote it so
    // What rows that are older than the column hold in it, of all partitions: none (there is no such row), one, or
    // several.
    std::vector<std::optional<std::string>> missing;
};

// The table itself, or one of its partitions on any level.
struct CatalogMember {
    uint32_t file = 0;  // relfilenode: another one after every rewrite, TRUNCATE, VACUUM FULL and CLUSTER; 0: has no
                        // rows of its own
    bool born = false;  // made as a partition and never anything else: all of its rows have been in the stream
    uint32_t joined =
        0;  // the transaction that made it a partition; 0: it is none, or of a version that did not keep it
};

struct CatalogEntry {
    uint32_t oid = 0;
    TableName name;
    std::vector<CatalogColumn> columns;  // those that are published, by attnum
    int16_t last_attnum = 0;             // the highest that was ever given, dropped columns included
    std::vector<std::string> key;        // of the usable identity, in the index's order; empty: none
    uint32_t key_index = 0;              // that index: another one may have let keys stand twice in between
    char identity = 'd';                 // pg_class.relreplident
    bool updates = true;                 // UPDATE and DELETE are published
    std::string filter;                  // the publication's row filter
    // The rows of the source's catalog that publish it, each with the transaction that wrote it: one that is not there
    // any more may have been away for a while, and changes with it. nullopt: of a version that did not keep them.
    std::optional<std::set<std::string>> ways;
    std::set<uint32_t> publications;  // all that are followed, also those without this table, by oid
    std::map<uint32_t, CatalogMember> members;
    std::map<uint32_t, std::string> labels;      // of the enums that its columns are made of, by pg_enum.oid
    std::map<uint32_t, std::string> composites;  // the attributes of row types, likewise, by pg_type.oid
    std::string text;                            // what it was read from
    uint64_t read = 0;  // counts the looks of this process: a later one knows more; 0: of an earlier process
    bool cut = false;   // as_announced() has left out columns that came later: what was read did know more
};

// `text` as postgres::catalog_entries() gives it. Error(internal) when it is not.
CatalogEntry read_catalog_entry(const std::string& text);

// nullptr: none has the number.
const CatalogColumn* find_column(const CatalogEntry& entry, int16_t attnum);

// The columns are the announced ones, in name, type and order: the catalog was like this when the rows were written, or
// is so again.
bool has_columns_of(const CatalogEntry& entry, const wire::PgRelation& relation);

// The same without the columns that came after the announcement: those behind `last_attnum` that it does not have, if
// it has all others. Columns are added in the order of their numbers; so the table was like this in between. Else
// `entry` itself.
std::shared_ptr<const CatalogEntry> as_announced(std::shared_ptr<const CatalogEntry> entry, int16_t last_attnum,
                                                 const wire::PgRelation& relation);

// The same under another name.
std::shared_ptr<const CatalogEntry> with_name(const std::shared_ptr<const CatalogEntry>& entry, const TableName& name);

// The same with other ways for those that are exactly these now; else `entry` itself.
std::shared_ptr<const CatalogEntry> with_moved_way(std::shared_ptr<const CatalogEntry> entry, const std::string& before,
                                                   const std::string& now);

// As the stream would announce the table.
wire::PgRelation announcement_of(const CatalogEntry& entry);

}  // namespace pintail::source
