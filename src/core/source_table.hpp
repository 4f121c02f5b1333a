// A table as the Postgres catalog describes it: what postgres/catalog reads and what type maps are fed with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/table_schema.hpp"

namespace pintail {

struct SourceType {
    std::string name;       // pg_type.typname of the base type: domains are resolved ("numeric", "timestamptz", "mood")
    std::string category;   // pg_type.typtype: "b" base, "e" enum, "c" composite, "r" range, "m" multirange
    int32_t modifier = -1;  // atttypmod, -1: none
    bool is_array = false;  // then the above describe the element
    std::string formatted;  // format_type(): "numeric(12,2)", for people
    char delimiter = ',';   // pg_type.typdelim: what stands between an array's elements
};

struct SourceColumn {
    std::string name;
    SourceType type;
    int16_t attnum = 0;
    bool not_null = false;
    bool is_generated = false;
    bool is_virtual = false;  // generated when it is read: never in the stream
    // What rows from before the column show in it, as Postgres' text (pg_attribute.attmissingval): a constant default.
    std::optional<std::string> missing_text;
};

// A transaction of the source, as its changes name it.
struct SourceTransaction {
    uint32_t xid = 0;     // without its epoch; 0: not known, or one that anybody could see when its rows were read
    int64_t time_us = 0;  // of its commit
};

struct SourceTable {
    TableName name;
    std::vector<SourceColumn> columns;
    std::vector<std::string> key;  // column names of the usable identity, in order; empty: none
    char replica_identity = 'd';   // pg_class.relreplident: d default, f full, i index, n nothing
};

}  // namespace pintail
