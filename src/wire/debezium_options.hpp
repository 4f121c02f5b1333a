// What a Debezium connector was configured with and what its schemaless messages do not say.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/column_policy.hpp"
#include "core/source_table.hpp"

namespace pintail::wire {

// Debezium's options of the same names, with the values of its Postgres connector. The defaults are what our connector
// template sets when schemas are off; those of decimals and intervals are not Debezium's ("precise", "numeric").
enum class DecimalHandling { string, precise, floating };
enum class TimePrecision { adaptive, adaptive_time_microseconds, connect, microseconds, nanoseconds, isostring };
enum class IntervalHandling { numeric, string };
enum class BinaryHandling { base64, hex };  // bytes, base64 and base64-url-safe are told apart by their letters

struct DebeziumOptions {
    DecimalHandling decimal_handling = DecimalHandling::string;
    TimePrecision time_precision = TimePrecision::adaptive;
    IntervalHandling interval_handling = IntervalHandling::string;  // until a value shows which it is
    BinaryHandling binary_handling = BinaryHandling::base64;
    ColumnPolicies policies;
    bool infer_types = false;  // schemaless messages without a catalog: take types from the values
    std::string unavailable_value = "__debezium_unavailable_value";  // or "hex:…"
    // Asks the source's catalog for a table (by schema and table name); used for schemaless messages, once per
    // table and again when a message has a field that the last answer did not. Empty function: no catalog.
    // The answer is as of behind the transaction. nullopt: no such table. Runs on the decoding thread; may throw Error
    // (source), also where the server does not show the transaction yet.
    std::function<std::optional<SourceTable>(const TableName&, const SourceTransaction& behind)> describe_table;
    // Whether the last answer for the table is as of behind the transaction. Empty function: it is.
    std::function<bool(const TableName&, const SourceTransaction&)> is_described_behind;
};

}  // namespace pintail::wire
