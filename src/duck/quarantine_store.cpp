#include "duck/quarantine_store.hpp"

#include <fmt/format.h>

#include "duck/quote.hpp"
#include "duck/state_schema.hpp"

namespace pintail::duck {
namespace {

void bind_bytes(Statement& statement, size_t parameter, const std::optional<std::string>& bytes) {
    if (bytes) statement.bind_blob(parameter, *bytes);
    else statement.bind_null(parameter);
}

}  // namespace

QuarantineStore::QuarantineStore(const Connection& connection, std::string catalog)
    : connection_(connection), catalog_(std::move(catalog)) {
    const auto newest = connection_.texts(fmt::format("SELECT max(id)::VARCHAR FROM {}", state_table(catalog_, "quarantine")));
    if (newest.at(0).at(0)) next_id_ = std::stoll(*newest[0][0]) + 1;
}

void QuarantineStore::store(const std::vector<QuarantinedMessage>& messages) {
    if (messages.empty()) return;
    Statement insert(connection_, fmt::format("INSERT INTO {} VALUES ($1, now(), $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                                              state_table(catalog_, "quarantine")));
    for (const QuarantinedMessage& message : messages) {
        insert.bind(1, next_id_++).bind(2, message.topic).bind(3, int64_t{message.partition}).bind(4, message.offset);
        insert.bind_timestamp_tz(5, message.timestamp_ms * 1000);
        bind_bytes(insert, 6, message.key);
        bind_bytes(insert, 7, message.value);
        insert.bind(8, message.headers_json.empty() ? "[]" : message.headers_json);
        insert.bind(9, message.table).bind(10, message.reason).execute();
    }
}

uint64_t QuarantineStore::store_rows(const std::string& table, const std::string& reason, const std::string& query) {
    const uint64_t rows = connection_.run(fmt::format(
        "INSERT INTO {} (id, quarantined_at, value, table_name, reason) "
        "SELECT {} + row_number() OVER (), now(), encode(cells), {}, {} FROM ({}) AS lost(cells)",
        state_table(catalog_, "quarantine"), next_id_ - 1, quote_text(table), quote_text(reason), query));
    next_id_ += static_cast<int64_t>(rows);
    return rows;
}

std::vector<BlockedKey> blocked_keys(const Connection& connection, const std::string& catalog) {
    std::vector<BlockedKey> keys;
    for (const TextRow& row : connection.texts(fmt::format(
             "SELECT DISTINCT topic, key FROM {} WHERE topic IS NOT NULL AND key IS NOT NULL ORDER BY ALL",
             state_table(catalog, "quarantine")))) {
        keys.push_back({row[0].value(), row[1].value()});
    }
    return keys;
}

}  // namespace pintail::duck
