// The recordings of a real Debezium under tests/golden/debezium, and the tables they must lead to.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/source_table.hpp"
#include "wire/message.hpp"

namespace pintail::wire {

struct GoldenMessage : HeaderLookup {
    std::string topic;
    int64_t offset = 0;
    int64_t timestamp_ms = 0;
    std::optional<std::string> key;
    std::optional<std::string> value;
    std::vector<std::pair<std::string, std::string>> headers;

    std::optional<std::string_view> find(std::string_view name) const override;
    Message view() const;
};

std::vector<GoldenMessage> golden_messages(const std::string& golden_case);

// Postgres' own text of the final rows; nullopt: NULL.
struct GoldenTable {
    std::vector<std::string> columns;
    std::vector<std::map<std::string, std::optional<std::string>>> rows;
};
GoldenTable golden_table(const std::string& name);

// The tables of sql/basic_setup.sql and sql/types_setup.sql as a catalog would describe them.
std::optional<SourceTable> golden_catalog(const TableName& name, const SourceTransaction& behind);

}  // namespace pintail::wire
