// A connector as Kafka Connect takes it, and what it will use at its source.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/client.hpp"
#include "core/table_schema.hpp"

namespace pintail::connect {

struct Connector {
    std::string name;
    Properties properties;
};

// {"name": "…", "config": {…}}. Throws Error (config) with file, line and column for anything else.
Connector parse_connector(std::string_view text, const std::string& file);

struct SourceUse {
    std::string slot;
    std::string publication;
    std::optional<std::vector<TableName>> tables;  // nullopt: given by patterns or by schema, known only to Debezium
    bool via_partition_root = false;               // asked for by the connector; Debezium knows it since 3.2
};

// Only for Debezium's Postgres connector; nullopt for others.
std::optional<SourceUse> source_use(const Properties& properties);

inline constexpr const char* kPostgresConnector = "io.debezium.connector.postgresql.PostgresConnector";

// "3.7.0.Final" → does it know publish.via.partition.root?
bool knows_partition_root(const std::string& debezium_version);

}  // namespace pintail::connect
