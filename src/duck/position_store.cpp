#include "duck/position_store.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "core/error.hpp"
#include "duck/state_schema.hpp"

namespace pintail::duck {
namespace {

int64_t now_us() {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

template <typename Number>
Number number(const std::optional<std::string>& text) {
    Number value{};
    if (text) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::optional<Watermark> watermark_of(const TextRow& row) {
    if (!row[6]) return std::nullopt;
    return Watermark{number<uint64_t>(row[5]), number<uint64_t>(row[6]), number<int64_t>(row[7])};
}

KafkaPosition load_kafka(const Connection& connection, const std::string& catalog) {
    KafkaPosition position;
    const char* topic_id = has_state_column(connection, catalog, "kafka_offsets", "topic_id") ? "topic_id" : "NULL";
    for (const TextRow& row : connection.texts(fmt::format(
             "SELECT topic, partition::VARCHAR, next_offset::VARCHAR, last_offset::VARCHAR, last_record_hash::VARCHAR, "
             "wm_commit_lsn::VARCHAR, wm_lsn::VARCHAR, wm_time_ms::VARCHAR, {} FROM {} ORDER BY topic, partition",
             topic_id, state_table(catalog, "kafka_offsets")))) {
        position.partitions.push_back({row[0].value(), number<int32_t>(row[1]), number<int64_t>(row[2]),
                                       number<int64_t>(row[3]), number<uint64_t>(row[4]), watermark_of(row),
                                       row[8].value_or("")});
    }
    return position;
}

std::optional<PostgresPosition> load_postgres(const Connection& connection, const std::string& catalog) {
    const auto rows =
        connection.texts(fmt::format("SELECT slot, system_identifier, timeline::VARCHAR, database, "
                                     "commit_end::VARCHAR, epoch_us(commit_time)::VARCHAR "
                                     "FROM {}",
                                     state_table(catalog, "postgres_position")));
    if (rows.empty()) return std::nullopt;
    const TextRow& row = rows[0];
    return PostgresPosition{Lsn{number<uint64_t>(row[4])}, number<int64_t>(row[5]),  row[0].value_or(""),
                            row[1].value_or(""),           number<uint32_t>(row[2]), row[3].value_or("")};
}

}  // namespace

Position load_position(const Connection& connection, const std::string& catalog) {
    KafkaPosition kafka = load_kafka(connection, catalog);
    auto postgres = load_postgres(connection, catalog);
    if (postgres && !kafka.partitions.empty()) {
        throw Error(ErrorKind::destination,
                    "the target holds a position of Kafka and one of Postgres: it can follow only one "
                    "source. Delete the rows of pintail.kafka_offsets or pintail.postgres_position");
    }
    if (postgres) return *postgres;
    if (!kafka.partitions.empty()) return kafka;
    return std::monostate{};
}

PositionStore::PositionStore(const Connection& connection, std::string catalog)
    : connection_(connection), catalog_(std::move(catalog)) {
    for (const PartitionPosition& partition : load_kafka(connection_, catalog_).partitions) {
        known_[{partition.topic, partition.partition}] = true;
    }
    has_postgres_row_ = load_postgres(connection_, catalog_).has_value();
}

void PositionStore::store(const Position& position) {
    if (const auto* kafka = std::get_if<KafkaPosition>(&position)) store(*kafka);
    if (const auto* postgres = std::get_if<PostgresPosition>(&position)) store(*postgres);
}

void PositionStore::store(const KafkaPosition& position) {
    if (has_postgres_row_)
        throw Error(ErrorKind::destination,
                    "the target follows a Postgres slot: it cannot follow Kafka as well; use another file");
    if (!update_partition_) {
        update_partition_.emplace(
            connection_,
            fmt::format("UPDATE {} SET next_offset = $3, last_offset = $4, last_record_hash = $5, wm_commit_lsn = $6, "
                        "wm_lsn = $7, "
                        "wm_time_ms = $8, updated_at = $9, topic_id = $10 WHERE topic = $1 AND partition = $2",
                        state_table(catalog_, "kafka_offsets")));
    }
    for (const PartitionPosition& partition : position.partitions) {
        bool& exists = known_[{partition.topic, partition.partition}];
        if (exists) {
            store_partition(*update_partition_, partition);
            continue;
        }
        Statement insert(connection_,
                         fmt::format("INSERT INTO {} (topic, partition, next_offset, last_offset, last_record_hash, "
                                     "wm_commit_lsn, wm_lsn, wm_time_ms, updated_at, topic_id) "
                                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                                     state_table(catalog_, "kafka_offsets")));
        store_partition(insert, partition);
        exists = true;
    }
}

void PositionStore::store_partition(Statement& statement, const PartitionPosition& partition) {
    statement.bind(1, partition.topic).bind(2, int64_t{partition.partition}).bind(3, partition.next_offset);
    statement.bind(4, partition.last_offset).bind(5, partition.last_record_hash);
    if (const auto& mark = partition.watermark) {
        statement.bind(6, mark->last_commit_lsn).bind(7, mark->lsn).bind(8, mark->source_time_ms);
    } else {
        statement.bind_null(6).bind_null(7).bind_null(8);
    }
    if (partition.topic_id.empty()) statement.bind_null(10);
    else statement.bind(10, partition.topic_id);
    statement.bind_timestamp_tz(9, now_us()).execute();
}

void PositionStore::store(const PostgresPosition& position) {
    if (!known_.empty())
        throw Error(ErrorKind::destination,
                    "the target follows Kafka topics: it cannot follow a Postgres slot as well; use another file");
    const std::string table = state_table(catalog_, "postgres_position");
    if (!has_postgres_row_) {
        connection_.run("INSERT INTO " + table + " VALUES (NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
        has_postgres_row_ = true;
    }
    if (!update_postgres_) {
        update_postgres_.emplace(
            connection_,
            fmt::format(
                "UPDATE {} SET slot = $1, system_identifier = $2, timeline = $3, database = $4, commit_end = $5, "
                "commit_time = $6, updated_at = $7",
                table));
    }
    update_postgres_->bind(1, position.slot).bind(2, position.system_identifier).bind(3, uint64_t{position.timeline});
    update_postgres_->bind(4, position.database).bind(5, position.commit_end.value);
    update_postgres_->bind_timestamp_tz(6, position.commit_time_us).bind_timestamp_tz(7, now_us()).execute();
}

}  // namespace pintail::duck
