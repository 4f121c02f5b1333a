// Names that are derived from others, and table names as Debezium wants them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/table_schema.hpp"

namespace pintail::connect {

// A replication slot's or publication's name made of `parts`: lower case, [a-z0-9_] only, at most 63 bytes
// (https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS-MANIPULATION).
// What does not fit is cut and ends in a hash of the whole, so that long names with one beginning stay apart.
std::string replication_name(const std::vector<std::string>& parts);

// One item of Debezium's table.include.list. That is a list of regular expressions which ignore case: special
// characters are escaped and the case is made to count, so that it matches this one table only.
std::string table_pattern(const TableName& name);

// The other way round, for the whole list; nullopt when an item is a real pattern that stands for any number of tables.
std::optional<std::vector<TableName>> exact_tables(std::string_view include_list);

// The last part of the topic that Debezium gives to a table: what Kafka forbids becomes _.
std::string topic_part(std::string_view name);

}  // namespace pintail::connect
