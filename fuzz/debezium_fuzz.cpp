// Any key and any value through the Debezium decoder: decoded or refused, never anything else, and the rows stay whole.
//
// Input: the key, a zero byte, the value. An input without a zero byte is a value without a key. Every input meets
// three decoders: without help (embedded schemas), with inferred types, and with a catalog of the most peculiar types.
#include <cstdlib>
#include <memory>
#include <string_view>

#include "core/error.hpp"
#include "wire/debezium_decoder.hpp"

namespace pintail::wire {
namespace {

SourceTable peculiar_table(const TableName& name) {
    SourceTable table;
    table.name = name;
    const char* types[] = {"int4",        "text",   "numeric", "bytea", "varbit", "interval",
                           "timestamptz", "hstore", "point",   "uuid",  "timetz", "date"};
    for (const char* type : types) {
        for (const bool is_array : {false, true}) {
            SourceColumn column;
            column.name = std::string(type) + (is_array ? "s" : "");
            column.type = {type, "b", -1, is_array, type};
            table.columns.push_back(std::move(column));
        }
    }
    table.columns[0].name = "id";
    return table;
}

std::shared_ptr<const DebeziumOptions> options(bool infers, bool has_catalog) {
    auto options = std::make_shared<DebeziumOptions>();
    options->infer_types = infers;
    if (has_catalog)
        options->describe_table = [](const TableName& name, const SourceTransaction&) {
            return std::make_optional(peculiar_table(name));
        };
    return options;
}

void check_rows(const RowBatch* rows, size_t expected) {
    if (rows == nullptr) return;
    if (rows->rows() != expected || rows->origins.size() != expected) std::abort();
    for (const Column& column : rows->columns) {
        if (column.size() != expected) std::abort();
    }
}

void decode(const Message& message, const std::shared_ptr<const DebeziumOptions>& options) {
    DebeziumDecoder decoder(options);
    std::unique_ptr<RowBatch> rows;
    size_t expected = 0;
    for (int round = 0; round < 3; ++round) {  // the second and third time by what was remembered
        Event event;
        try {
            for (int shapes = 0;
                 decoder.decode(message, rows.get(), round == 2, event) == DebeziumDecoder::Outcome::shape_changed;
                 ++shapes) {
                if (shapes > 2) std::abort();
                rows = std::make_unique<RowBatch>(decoder.schema());
                expected = 0;
            }
            expected += event.rows_appended;
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::data && error.kind() != ErrorKind::schema) std::abort();
        }
        check_rows(rows.get(), expected);
    }
}

}  // namespace
}  // namespace pintail::wire

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace pintail::wire;
    static const auto kPlain = options(false, false), kInferring = options(true, false),
                      kCatalog = options(false, true);
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t zero = input.find('\0');
    Message message;
    if (zero != std::string_view::npos && zero > 0) message.key = input.substr(0, zero);
    message.value = input.substr(zero == std::string_view::npos ? 0 : zero + 1);
    for (const auto& setting : {kPlain, kInferring, kCatalog}) decode(message, setting);
    return 0;
}
