#include "duck/quarantine_store.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/counted.hpp"
#include "duck/quote.hpp"
#include "duck/state_schema.hpp"
#include "log/log.hpp"

namespace pintail::duck {
namespace {

void bind_bytes(Statement& statement, size_t parameter, const std::optional<std::string>& bytes) {
    if (bytes) statement.bind_blob(parameter, *bytes);
    else statement.bind_null(parameter);
}

template <typename Number>
Number number(const std::optional<std::string>& text) {
    Number value{};
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::string condition(const QuarantineSelection& selection, const char* row) {
    std::string sql = "true";
    if (!selection.ids.empty()) sql += fmt::format(" AND {}.id IN ({})", row, fmt::join(selection.ids, ", "));
    if (!selection.table.empty()) sql += fmt::format(" AND {}.table_name = {}", row, quote_text(selection.table));
    if (!selection.topic.empty()) sql += fmt::format(" AND {}.topic = {}", row, quote_text(selection.topic));
    return sql;
}

QuarantinedMessage message_of(const TextRow& row) {
    return {row[1].value_or(""),
            number<int32_t>(row[2]),
            number<int64_t>(row[3]),
            number<int64_t>(row[4]),
            row[5],
            row[6],
            row[7].value_or("[]"),
            row[8].value_or(""),
            row[9].value_or(""),
            number<int64_t>(row[0])};
}

std::vector<TableName> quarantined_tables(const Connection& connection, const std::string& catalog) {
    std::vector<TableName> tables;
    if (!has_state_column(connection, catalog, "tables", "quarantined")) return tables;
    for (const TextRow& row : connection.texts(fmt::format(
             "SELECT schema_name, table_name FROM {} WHERE quarantined IS NOT NULL", state_table(catalog, "tables"))))
        tables.push_back({row[0].value(), row[1].value()});
    return tables;
}

}  // namespace

QuarantineStore::QuarantineStore(const Connection& connection, std::string catalog)
    : connection_(connection), catalog_(std::move(catalog)) {
    const auto newest =
        connection_.texts(fmt::format("SELECT max(id)::VARCHAR FROM {}", state_table(catalog_, "quarantine")));
    if (newest.at(0).at(0)) next_id_ = std::stoll(*newest[0][0]) + 1;
}

void QuarantineStore::apply(const Batch& batch) {
    for (const SupersededMessages& superseded : batch.superseded) remove(superseded);
    if (!batch.released.empty()) remove(batch.released);
    if (!batch.quarantined.empty()) store(batch.quarantined);
}

void QuarantineStore::forget(const TableName& table) {
    connection_.run(fmt::format("DELETE FROM {} WHERE table_name = {}", state_table(catalog_, "quarantine"),
                                quote_text(to_string(table))));
}

void QuarantineStore::remove(const std::vector<int64_t>& ids) {
    connection_.run(
        fmt::format("DELETE FROM {} WHERE id IN ({})", state_table(catalog_, "quarantine"), fmt::join(ids, ", ")));
}

void QuarantineStore::remove(const SupersededMessages& superseded) {
    const std::string which = superseded.reason.empty() ? "" : " AND reason = " + quote_text(superseded.reason);
    const uint64_t gone = connection_.run(
        fmt::format("DELETE FROM {} WHERE topic = {} AND {} IN (partition, {}) AND \"offset\" < {}{}",
                    state_table(catalog_, "quarantine"), quote_text(superseded.topic), superseded.partition,
                    SupersededMessages::kAllPartitions, superseded.before_offset, which));
    if (gone == 0) return;
    log::warn(
        "{}: {} left pintail.quarantine unapplied: the table was emptied or came anew, or the topic was reset, behind "
        "that",
        superseded.topic, counted(gone, "message"));
}

void QuarantineStore::store(const std::vector<QuarantinedMessage>& messages) {
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
    const uint64_t rows = connection_.run(
        fmt::format("INSERT INTO {} (id, quarantined_at, value, table_name, reason) "
                    "SELECT {} + row_number() OVER (), now(), encode(cells), {}, {} FROM ({}) AS lost(cells)",
                    state_table(catalog_, "quarantine"), next_id_ - 1, quote_text(table), quote_text(reason), query));
    next_id_ += static_cast<int64_t>(rows);
    return rows;
}

std::vector<QuarantinedMessage> load_quarantine(const Connection& connection, const std::string& catalog,
                                                const QuarantineSelection& selection, int64_t after, size_t most) {
    const std::string table = state_table(catalog, "quarantine");
    std::string where = condition(selection, "q");
    if (selection.whole_keys) {
        where = fmt::format(
            "({} OR (q.key IS NOT NULL AND EXISTS (SELECT 1 FROM {} s WHERE s.topic = q.topic AND s.key = q.key AND "
            "{})))",
            where, table, condition(selection, "s"));
    }
    if (!selection.whole_topics.empty()) {
        std::vector<std::string> topics;
        for (const std::string& topic : selection.whole_topics) topics.push_back(quote_text(topic));
        where = fmt::format("({} OR (q.topic IN ({}) AND EXISTS (SELECT 1 FROM {} s WHERE s.topic = q.topic AND {})))",
                            where, fmt::join(topics, ", "), table, condition(selection, "s"));
    }
    std::vector<QuarantinedMessage> messages;
    for (const TextRow& row :
         connection.texts(fmt::format("SELECT id::VARCHAR, topic, partition::VARCHAR, \"offset\"::VARCHAR, "
                                      "epoch_ms(message_time)::VARCHAR, key, value, headers::VARCHAR, "
                                      "table_name, reason FROM {} q WHERE q.id > {} AND {} ORDER BY q.id LIMIT {}",
                                      table, after, where, most))) {
        messages.push_back(message_of(row));
    }
    return messages;
}

std::vector<BlockedKey> blocked_keys(const Connection& connection, const std::string& catalog) {
    std::string others;
    for (const TableName& table : quarantined_tables(connection, catalog))
        others += " AND reason <> " + quote_text(waiting_reason(table));
    std::vector<BlockedKey> keys;
    for (const TextRow& row : connection.texts(fmt::format(
             "SELECT DISTINCT topic, key FROM {} WHERE topic IS NOT NULL AND key IS NOT NULL{} ORDER BY ALL",
             state_table(catalog, "quarantine"), others))) {
        keys.push_back({row[0].value(), row[1].value()});
    }
    return keys;
}

std::vector<WaitingTopic> waiting_topics(const Connection& connection, const std::string& catalog) {
    std::vector<WaitingTopic> topics;
    for (const TableName& table : quarantined_tables(connection, catalog)) {
        for (const TextRow& row :
             connection.texts(fmt::format("SELECT DISTINCT topic FROM {} WHERE reason = {} ORDER BY ALL",
                                          state_table(catalog, "quarantine"), quote_text(waiting_reason(table)))))
            topics.push_back({row[0].value(), table});
    }
    return topics;
}

}  // namespace pintail::duck
