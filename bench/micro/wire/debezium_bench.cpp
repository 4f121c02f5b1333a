// Messages per second of the Debezium decoder, on one thread, for messages shaped like those of Debezium 3.7.
//
// narrow: a pgbench account (bigint, 2 ints, 84 characters), 640 bytes; wide: 12 columns of the usual types.
// "schemas" has the embedded schema in every value and key, as Kafka's JsonConverter does by default.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "wire/debezium_decoder.hpp"

namespace pintail::wire {
namespace {

constexpr size_t kMessages = 4096;  // about 2.5 MB of payload: more than the cache next to the core
constexpr size_t kRowsPerBatch = 100'000;

struct Recorded {
    std::string key;
    std::string value;
};

struct Shape {
    std::string columns_schema;  // Connect schema of the row's fields
    std::string (*row)(size_t number);
    SourceTable table;
};

SourceColumn column(const char* name, const char* type, int32_t modifier = -1) {
    SourceColumn column;
    column.name = name;
    column.type = {type, "b", modifier, false, type};
    return column;
}

std::string narrow_row(size_t number) {
    return fmt::format(R"({{"aid":{},"bid":{},"abalance":{},"filler":"{:<84}"}})", number + 1, number % 100,
                       static_cast<int>(number % 10000) - 5000, "account");
}

std::string wide_row(size_t number) {
    return fmt::format(
        R"({{"id":{},"name":"Customer {}","email":"customer{}@example.com","active":{},"balance":"{}","attrs":"{{\"tier\": \"gold\", \"n\": {}}}",)"
        R"("created_at":"2024-01-01T00:00:00.{:06}Z","updated_at":{},"score":{}.25,"visits":{},"token":"00112233-4455-6677-8899-{:012x}","note":null}})",
        number, number, number, number % 2 == 0, "BBo=", number, number % 1'000'000, 1709251200000 + number, number,
        number, number);
}

Shape narrow() {
    return {R"({"type":"int64","optional":false,"field":"aid"},{"type":"int32","optional":true,"field":"bid"},)"
            R"({"type":"int32","optional":true,"field":"abalance"},{"type":"string","optional":true,"field":"filler"})",
            narrow_row,
            {{"public", "accounts"},
             {column("aid", "int8"), column("bid", "int4"), column("abalance", "int4"), column("filler", "bpchar", 88)},
             {"aid"},
             'd'}};
}

Shape wide() {
    return {
        R"({"type":"int64","optional":false,"field":"id"},{"type":"string","optional":true,"field":"name"},{"type":"string","optional":true,"field":"email"},)"
        R"({"type":"boolean","optional":true,"field":"active"},{"type":"bytes","optional":true,"name":"org.apache.kafka.connect.data.Decimal","version":1,)"
        R"("parameters":{"scale":"2","connect.decimal.precision":"12"},"field":"balance"},{"type":"string","optional":true,"name":"io.debezium.data.Json",)"
        R"("version":1,"field":"attrs"},{"type":"string","optional":true,"name":"io.debezium.time.ZonedTimestamp","version":1,"field":"created_at"},)"
        R"({"type":"int64","optional":true,"name":"io.debezium.time.Timestamp","version":1,"field":"updated_at"},{"type":"double","optional":true,"field":"score"},)"
        R"({"type":"int32","optional":true,"field":"visits"},{"type":"string","optional":true,"name":"io.debezium.data.Uuid","version":1,"field":"token"},)"
        R"({"type":"string","optional":true,"field":"note"})",
        wide_row,
        {{"public", "accounts"},
         {column("id", "int8"), column("name", "text"), column("email", "text"), column("active", "bool"),
          column("balance", "numeric", ((12 << 16) | 2) + 4), column("attrs", "jsonb"),
          column("created_at", "timestamptz"), column("updated_at", "timestamp", 3), column("score", "float8"),
          column("visits", "int4"), column("token", "uuid"), column("note", "text")},
         {"id"},
         'd'}};
}

std::string envelope_schema(const std::string& columns) {
    const auto row = [&](const char* field) {
        return fmt::format(
            R"({{"type":"struct","fields":[{}],"optional":true,"name":"dbserver1.public.accounts.Value","field":"{}"}})",
            columns, field);
    };
    std::string source;
    for (const char* field : {"version", "connector", "name", "db", "sequence", "schema", "table", "origin"}) {
        source += fmt::format(R"({{"type":"string","optional":false,"field":"{}"}},)", field);
    }
    for (const char* field : {"ts_ms", "ts_us", "ts_ns", "txId", "lsn", "xmin"}) {
        source += fmt::format(R"({{"type":"int64","optional":false,"field":"{}"}},)", field);
    }
    source +=
        R"({"type":"string","optional":true,"name":"io.debezium.data.Enum","version":1,"parameters":{"allowed":"true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},"default":"false","field":"snapshot"})";
    return fmt::format(
        R"({{"type":"struct","fields":[{},{},{{"type":"struct","fields":[{}],"optional":false,"name":"io.debezium.connector.postgresql.Source","version":1,"field":"source"}},)"
        R"({{"type":"string","optional":false,"field":"op"}},{{"type":"int64","optional":true,"field":"ts_ms"}}],"optional":false,"name":"dbserver1.public.accounts.Envelope","version":2}})",
        row("before"), row("after"), source);
}

std::string payload(const std::string& row, size_t number, char op) {
    const size_t lsn = 33015240 + number * 144;
    const size_t micros = 1795413401372837 + number;
    return fmt::format(
        R"({{"before":null,"after":{},"source":{{"version":"3.7.0.Final","connector":"postgresql","name":"dbserver1","ts_ms":{},"snapshot":"false","db":"inv",)"
        R"("sequence":"[\"{}\",\"{}\"]","ts_us":{},"ts_ns":{}000,"schema":"public","table":"accounts","txId":{},"lsn":{},"xmin":null,"origin":null,"origin_lsn":null}},)"
        R"("transaction":null,"op":"{}","ts_ms":{},"ts_us":{},"ts_ns":{}000}})",
        row, micros / 1000, lsn - 64, lsn, micros, micros, 1697 + number, lsn, op, micros / 1000 + 9, micros + 9123,
        micros + 9123);
}

std::vector<Recorded> recorded(const Shape& shape, bool schemas) {
    const std::string value_schema = envelope_schema(shape.columns_schema);
    const std::string key_schema =
        R"({"type":"struct","fields":[{"type":"int64","optional":false,"field":"aid"}],"optional":false,"name":"dbserver1.public.accounts.Key"})";
    std::vector<Recorded> messages;
    for (size_t i = 0; i < kMessages; ++i) {
        const std::string row = shape.row(i);
        const std::string key = fmt::format(R"({{"{}":{}}})", shape.table.key[0], i + 1);
        const std::string value = payload(row, i, i % 3 == 0 ? 'u' : 'c');
        const auto framed = [&](const std::string& schema, const std::string& body) {
            return schemas ? fmt::format(R"({{"schema":{},"payload":{}}})", schema, body) : body;
        };
        messages.push_back({framed(key_schema, key), framed(value_schema, value)});
    }
    return messages;
}

void decode_messages(benchmark::State& state, const Shape& shape, bool schemas) {
    const std::vector<Recorded> messages = recorded(shape, schemas);
    auto options = std::make_shared<DebeziumOptions>();
    options->decimal_handling = DecimalHandling::precise;
    options->describe_table = [&](const TableName&, const SourceTransaction&) { return shape.table; };
    DebeziumDecoder decoder(options);
    std::unique_ptr<RowBatch> rows;
    size_t next = 0, bytes = 0;
    for (auto unused : state) {
        (void)unused;
        const Recorded& recorded_message = messages[next++ % kMessages];
        Message message;
        message.key = recorded_message.key;
        message.value = recorded_message.value;
        Event event;
        if (rows == nullptr || rows->rows() == kRowsPerBatch)
            rows = decoder.schema() ? std::make_unique<RowBatch>(decoder.schema()) : nullptr;
        while (decoder.decode(message, rows.get(), false, event) == DebeziumDecoder::Outcome::shape_changed) {
            rows = std::make_unique<RowBatch>(decoder.schema());
        }
        bytes += recorded_message.value.size();
        benchmark::DoNotOptimize(event);
    }
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
    state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

BENCHMARK_CAPTURE(decode_messages, narrow, narrow(), false);
BENCHMARK_CAPTURE(decode_messages, narrow_schemas, narrow(), true);
BENCHMARK_CAPTURE(decode_messages, wide, wide(), false);
BENCHMARK_CAPTURE(decode_messages, wide_schemas, wide(), true);

}  // namespace
}  // namespace pintail::wire
