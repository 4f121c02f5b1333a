// Debezium's JSON envelope (JsonConverter, schemas on or off) → rows of one table. Pure: bytes in, rows out.
//
// One decoder per topic: it remembers the topic's last key and value schema, so that the ~2 KB of schema that every
// message repeats is compared and skipped, and knows the order in which fields come. Not thread-safe.
// Encoding: https://debezium.io/documentation/reference/stable/connectors/postgresql.html and docs/debezium.md.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "core/row_batch.hpp"
#include "wire/debezium_event.hpp"
#include "wire/debezium_options.hpp"
#include "wire/message.hpp"

namespace pintail::wire {

class DebeziumDecoder {
public:
    explicit DebeziumDecoder(std::shared_ptr<const DebeziumOptions> options);
    ~DebeziumDecoder();
    DebeziumDecoder(DebeziumDecoder&&) noexcept;

    enum class Outcome {
        decoded,       // `event` is filled, rows (if any) are appended
        shape_changed  // nothing was appended: schema() is new, call again with a RowBatch of it
    };

    // Appends the message's rows to `rows`, whose schema must be schema() as of the last call; pass nullptr before
    // the first schema is known (a row message then answers shape_changed).
    // A message that says nothing about shape (tombstone, truncate, `other`) never answers shape_changed.
    // On an Error of kind data nothing is appended and the decoder stays usable: the message is to be quarantined.
    // Error (schema): a schemaless topic whose types nobody knows, or a key field that is no column.
    // `expect_key_change`: the previous row message of this partition was a remove with event.key_change.
    Outcome decode(const Message& message, RowBatch* rows, bool expect_key_change, Event& event);

    // What the message says of itself and its table, without its row; a tombstone's kind stays `tombstone`. What
    // decode() knows of shapes stays as it is. Error (data) as there.
    void peek(const Message& message, Event& event);

    // The table as of the last decoded row; nullptr before the first. A new object for every new shape.
    const std::shared_ptr<const TableSchema>& schema() const;

    // The table that the last row or truncate message named, also where schema() is not known yet.
    const std::optional<TableName>& table() const;

    // The key in __debezium.oldkey of the last decoded insert with event.key_change: a one-row batch of schema()
    // (Op::remove). What the assembler uses when the removed row is not in the same batch.
    std::optional<RowBatch> take_old_key();

    // Fields of schemaless messages that the catalog does not know (any more): columns that were dropped or renamed
    // before the message was read. Their values are left out; to be reported when a name is new.
    const std::set<std::string, std::less<>>& ignored_fields() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pintail::wire
