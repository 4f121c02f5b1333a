// Messages made to measure, and one decoder to feed them to.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "wire/debezium_decoder.hpp"

namespace pintail::wire {

using Header = std::pair<std::string, std::string>;

// What varies in an envelope; the rest is a streamed event of public.t.
struct Sample {
    std::string op = "c";
    std::string before = "null";
    std::string after = "null";
    std::string snapshot = R"("false")";
    std::string table = "t";
    std::string key = R"({"id":1})";  // empty: null
    std::vector<Header> headers = {};
};

std::string envelope_of(const Sample& sample);

// The embedded schema of an envelope whose row has these fields ({"type":"int32","field":"id"},…).
std::string envelope_schema_of(const std::string& fields);

std::string framed(const std::string& schema, const std::string& payload);

// A decoder with its rows, as the assembler in front of it keeps them.
class Feed {
public:
    explicit Feed(DebeziumOptions options = {});

    // Any bytes. Rows gather in rows() until the shape changes, which starts anew.
    Event raw(const std::optional<std::string>& value, const std::optional<std::string>& key,
              const std::vector<Header>& headers = {}, bool expect_key_change = false);

    // A schemaless event, or one with this schema.
    Event send(const Sample& sample, bool expect_key_change = false);
    Event send(const std::string& schema, const Sample& sample);

    DebeziumDecoder& decoder() { return decoder_; }
    RowBatch& rows() { return *rows_; }
    const TableSchema& schema() const { return *decoder_.schema(); }
    int shapes() const { return shapes_; }

    // Of a row gathered so far; the last one by default.
    std::optional<std::string> cell(const std::string& column, std::optional<size_t> row = std::nullopt) const;

private:
    DebeziumDecoder decoder_;
    std::unique_ptr<RowBatch> rows_;
    int shapes_ = 0;
};

// The catalog of one table public.t with the key id.
DebeziumOptions with_table(std::vector<SourceColumn> columns);
SourceColumn source_column(const std::string& name, const std::string& type, int32_t modifier = -1,
                           bool is_array = false);
SourceColumn enum_column(const std::string& name, const std::string& type);
int32_t numeric_modifier_of(int precision, int scale);

}  // namespace pintail::wire
