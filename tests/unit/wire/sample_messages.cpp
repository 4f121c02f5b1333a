#include "sample_messages.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "cell_text.hpp"

namespace pintail::wire {
namespace {

struct Headers : HeaderLookup {
    explicit Headers(const std::vector<Header>& of_message) : headers(of_message) {}

    std::optional<std::string_view> find(std::string_view name) const override {
        for (const auto& [key, value] : headers) {
            if (key == name) return value;
        }
        return std::nullopt;
    }

    const std::vector<Header>& headers;
};

std::optional<std::string> key_of(const Sample& sample) {
    if (sample.key.empty()) return std::nullopt;
    return sample.key;
}

}  // namespace

std::string envelope_of(const Sample& sample) {
    return fmt::format(
        R"({{"before":{},"after":{},"source":{{"version":"3.7.0.Final","connector":"postgresql","name":"dbserver1","ts_ms":1700000000123,"snapshot":{},)"
        R"("db":"inv","sequence":"[\"100\",\"200\"]","ts_us":1700000000123456,"ts_ns":1700000000123456000,"schema":"public","table":"{}","txId":7,"lsn":200,)"
        R"("xmin":null,"origin":null,"origin_lsn":null}},"transaction":null,"op":"{}","ts_ms":1700000000200,"ts_us":1700000000200000,"ts_ns":1700000000200000000}})",
        sample.before, sample.after, sample.snapshot, sample.table, sample.op);
}

std::string envelope_schema_of(const std::string& fields) {
    return fmt::format(
        R"({{"type":"struct","fields":[{{"type":"struct","fields":[{0}],"optional":true,"name":"p.public.t.Value","field":"before"}},)"
        R"({{"type":"struct","fields":[{0}],"optional":true,"name":"p.public.t.Value","field":"after"}},)"
        R"({{"type":"string","optional":false,"field":"op"}}],"optional":false,"name":"p.public.t.Envelope","version":2}})",
        fields);
}

std::string framed(const std::string& schema, const std::string& payload) {
    return R"({"schema":)" + schema + R"(,"payload":)" + payload + "}";
}

Feed::Feed(DebeziumOptions options) : decoder_(std::make_shared<const DebeziumOptions>(std::move(options))) {}

Event Feed::raw(const std::optional<std::string>& value, const std::optional<std::string>& key,
                const std::vector<Header>& headers, bool expect_key_change) {
    const Headers lookup(headers);
    Message message;
    message.topic = "p.public.t";
    if (value) message.value = *value;
    if (key) message.key = *key;
    message.headers = &lookup;
    Event event;
    int changes = 0;
    while (decoder_.decode(message, rows_.get(), expect_key_change, event) == DebeziumDecoder::Outcome::shape_changed) {
        if (++changes > 2) throw std::runtime_error("the shape changes for ever");
        rows_ = std::make_unique<RowBatch>(decoder_.schema());
        ++shapes_;
    }
    return event;
}

Event Feed::send(const Sample& sample, bool expect_key_change) {
    return raw(envelope_of(sample), key_of(sample), sample.headers, expect_key_change);
}

Event Feed::send(const std::string& schema, const Sample& sample) {
    return raw(framed(schema, envelope_of(sample)), key_of(sample), sample.headers);
}

std::optional<std::string> Feed::cell(const std::string& column, std::optional<size_t> row) const {
    for (size_t i = 0; i < rows_->columns.size(); ++i) {
        const ColumnSchema& candidate = rows_->schema->columns[i];
        if (candidate.name == column)
            return cell_text(rows_->columns[i], candidate.type, row.value_or(rows_->rows() - 1));
    }
    return "<no such column>";
}

SourceColumn source_column(const std::string& name, const std::string& type, int32_t modifier, bool is_array) {
    SourceColumn column;
    column.name = name;
    column.type = {type, "b", modifier, is_array, type};
    return column;
}

SourceColumn enum_column(const std::string& name, const std::string& type) {
    SourceColumn column;
    column.name = name;
    column.type = {type, "e", -1, false, type};
    return column;
}

DebeziumOptions with_table(std::vector<SourceColumn> columns) {
    SourceTable table;
    table.name = {"public", "t"};
    table.columns = std::move(columns);
    table.key = {"id"};
    DebeziumOptions options;
    options.describe_table = [table](const TableName& name, const SourceTransaction&) {
        return name == table.name ? std::make_optional(table) : std::nullopt;
    };
    return options;
}

int32_t numeric_modifier_of(int precision, int scale) {
    return ((precision << 16) | (scale & 0x7FF)) + 4;
}

}  // namespace pintail::wire
