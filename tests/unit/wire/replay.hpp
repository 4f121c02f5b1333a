// Applies decoded events to tables of texts: the simplest possible loader.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "golden_files.hpp"
#include "wire/debezium_decoder.hpp"

namespace pintail::wire {

using TextRow = std::map<std::string, std::optional<std::string>>;

struct ReplayedTable {
    std::shared_ptr<const TableSchema> schema;
    std::vector<TextRow> rows;

    const TextRow* find(const std::string& column, const std::string& text) const;
};

// One decoder per topic, as in the sink.
class Replay {
public:
    explicit Replay(DebeziumOptions options = {})
        : options_(std::make_shared<const DebeziumOptions>(std::move(options))) {}

    Event apply(const GoldenMessage& message);
    void apply_all(const std::vector<GoldenMessage>& messages);

    // By table name without schema; fails the test where there is none.
    const ReplayedTable& table(const std::string& name) const;
    DebeziumDecoder& decoder(const std::string& topic);

    int shapes = 0;  // how often a shape was new
    int others = 0, tombstones = 0, truncates = 0;

private:
    void apply_rows(const RowBatch& batch);

    std::shared_ptr<const DebeziumOptions> options_;
    std::map<std::string, DebeziumDecoder> decoders_;
    std::map<std::string, std::unique_ptr<RowBatch>> batches_;  // by topic; the last message's rows only
    std::map<std::string, ReplayedTable> tables_;
    bool after_key_change_ = false;
};

}  // namespace pintail::wire
