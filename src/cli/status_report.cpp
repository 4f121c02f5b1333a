#include "cli/status_report.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/lsn.hpp"
#include "wire/debezium_loss.hpp"

namespace pintail::cli {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::duration_cast;

// Zero stands for "none yet" in all of the reports.
Json time_or_null(int64_t micros) {
    return micros == 0 ? Json() : Json(iso_time(micros));
}
Json lsn_or_null(uint64_t lsn) {
    return lsn == 0 ? Json() : Json(to_string(Lsn{lsn}));
}
Json text_or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

int64_t micros(std::chrono::system_clock::time_point time) {
    return duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

double rounded(double value) {
    return std::round(value * 10) / 10;
}

int64_t lag_of(const StreamProgress& stream) {
    return std::max<int64_t>(0, stream.end - stream.read);
}

// How old what was read last is, as long as there is more. The clocks of source and target may differ: never below
// zero.
Json lag_seconds(const StreamProgress& stream, std::chrono::system_clock::time_point now) {
    if (stream.unit != StreamProgress::Unit::bytes) return nullptr;
    if (lag_of(stream) == 0) return 0.0;
    if (stream.commit_time_us == 0) return nullptr;
    return rounded(std::max(0.0, static_cast<double>(micros(now) - stream.commit_time_us) / 1e6));
}

Json stream_json(const StreamProgress& stream, std::chrono::system_clock::time_point now) {
    const bool bytes = stream.unit == StreamProgress::Unit::bytes;
    return {{"name", stream.name},
            {"read", stream.read},
            {"end", stream.end},
            {"lag", lag_of(stream)},
            {"unit", bytes ? "bytes" : "messages"},
            {"lag_seconds", lag_seconds(stream, now)},
            {"server_pid", stream.server_pid == 0 ? Json() : Json(stream.server_pid)}};
}

Json slot_log_json(const std::optional<SlotLog>& log) {
    if (!log) return nullptr;
    const auto number_or_null = [](const std::optional<int64_t>& number) { return number ? Json(*number) : Json(); };
    return {{"slot", log->slot},
            {"retained_bytes", log->retained_bytes},
            {"wal_status", log->wal_status},
            {"safe_wal_size", number_or_null(log->safe_wal_size)},
            {"budget_bytes", number_or_null(log->budget)}};
}

Json pipeline_json(const LiveReport& live) {
    const pipeline::ProgressReport& report = live.progress;
    const auto now = std::chrono::system_clock::now();
    Json streams = Json::array();
    Json waits_for = report.waits_for;
    int64_t lag = 0;
    for (StreamProgress stream : report.streams) {
        // A walsender says how far it has sent, the server's own word is how far its log goes.
        if (stream.unit == StreamProgress::Unit::bytes && report.slot_log)
            stream.end = std::max(stream.end, report.slot_log->end);
        streams.push_back(stream_json(stream, now));
        lag += streams.back()["lag"].get<int64_t>();
        for (const std::string& why : stream.held_up) waits_for.push_back(why);
    }
    return {{"state", report.state},
            {"state_since", iso_time(micros(report.state_since))},
            {"state_seconds", rounded(std::chrono::duration<double>(now - report.state_since).count())},
            {"waiting_for", text_or_null(report.waiting_for)},
            {"started_at", iso_time(micros(report.started))},
            {"uptime_seconds", duration_cast<std::chrono::seconds>(now - report.started).count()},
            {"restarts", report.restarts},
            {"lag", lag},
            {"lag_seconds", streams.size() == 1 ? streams.front()["lag_seconds"] : Json()},
            {"changes_per_second", rounded(live.changes_per_second)},
            {"bytes_per_second", rounded(live.bytes_per_second)},
            {"batches", report.batches},
            {"changes", report.rows},
            {"rows_written", report.rows_written},
            {"rows_removed", report.rows_removed},
            {"removes_without_row", report.removes_without_row},
            {"quarantined", report.quarantined},
            {"source_bytes", report.source_bytes},
            {"last_commit_at", time_or_null(micros(report.last_commit))},
            {"last_latency_ms", report.last_latency.count()},
            {"streams", std::move(streams)},
            {"slot_log", slot_log_json(report.slot_log)},
            {"waits_for", std::move(waits_for)}};
}

struct PositionJson {
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(const KafkaPosition& position) const {
        Json partitions = Json::array();
        for (const PartitionPosition& at : position.partitions)
            partitions.push_back({{"topic", at.topic}, {"partition", at.partition}, {"next_offset", at.next_offset}});
        return {{"kind", "kafka"}, {"partitions", std::move(partitions)}};
    }
    Json operator()(const PostgresPosition& position) const {
        return {{"kind", "postgres"},
                {"commit_end", to_string(position.commit_end)},
                {"commit_time", time_or_null(position.commit_time_us)},
                {"slot", position.slot},
                {"system_identifier", position.system_identifier},
                {"timeline", position.timeline},
                {"database", position.database}};
    }
};

Json inferred_json(const std::vector<duck::InferredColumn>& columns) {
    Json inferred = Json::array();
    for (const duck::InferredColumn& column : columns)
        inferred.push_back({{"column", column.name}, {"type", column.type}});
    return inferred;
}

// Only messages of Debezium's have lost anything.
Json losses_json(const duck::TableStatus& table, bool by_debezium) {
    Json array = Json::array();
    for (const duck::ColumnOrigin& one : table.columns) {
        const std::string_view loss = by_debezium ? wire::debezium_loss(one.source_type) : std::string_view();
        if (!loss.empty()) array.push_back({{"column", one.column}, {"loss", loss}});
    }
    return array;
}

// Their names are taken in the target, where case tells none apart.
Json renamed_json(const duck::TableStatus& table) {
    Json array = Json::array();
    for (const duck::ColumnOrigin& one : table.columns) {
        if (one.is_renamed()) array.push_back({{"column", one.column}, {"target", one.target}});
    }
    return array;
}

Json table_json(const duck::TableStatus& table, bool by_debezium) {
    return {{"source_table", to_string(table.name)},
            {"target_table", to_string(table.target)},
            {"renamed", renamed_json(table)},
            {"mode", to_string(table.mode)},
            {"shown", table.shown},
            {"rows", table.rows},
            {"key", table.key},
            {"inferred", inferred_json(table.inferred)},
            {"quarantined", text_or_null(table.quarantined)},
            {"not_followed", text_or_null(table.not_followed)},
            {"snapshot_open", table.snapshot_open},
            {"snapshot_lsn", lsn_or_null(table.snapshot_lsn.value_or(0))},
            {"last_lsn", lsn_or_null(table.last_lsn)},
            {"last_commit_time", time_or_null(table.last_commit_time_us)},
            {"losses", losses_json(table, by_debezium)}};
}

Json quarantine_json(const std::vector<duck::QuarantineCount>& counts, uint64_t blocked_keys) {
    Json groups = Json::array();
    uint64_t messages = 0;
    for (const duck::QuarantineCount& count : counts) {
        groups.push_back(
            {{"topic", text_or_null(count.topic)}, {"table", text_or_null(count.table)}, {"messages", count.messages}});
        messages += count.messages;
    }
    return {{"messages", messages}, {"blocked_keys", blocked_keys}, {"by_table", std::move(groups)}};
}

void add_target(Json& report, const duck::TargetStatus& status) {
    report["target_uuid"] = text_or_null(status.target_uuid);
    report["position"] = std::visit(PositionJson{}, status.position);
    report["tables"] = Json::array();
    const bool by_debezium = std::holds_alternative<KafkaPosition>(status.position);
    for (const duck::TableStatus& table : status.tables) report["tables"].push_back(table_json(table, by_debezium));
    report["quarantine"] = quarantine_json(status.quarantine, status.blocked_keys);
}

}  // namespace

std::string status_json(const TargetReport& target, const std::optional<LiveReport>& live) {
    Json report{{"pintail_version", PINTAIL_VERSION}, {"target", target.path}, {"live", live.has_value()}};
    report["pid"] = live ? Json(getpid()) : Json();
    report["pipeline"] = live ? pipeline_json(*live) : Json();
    report["target_problem"] = text_or_null(target.problem);
    add_target(report, target.status.value_or(duck::TargetStatus{}));
    return report.dump(2, ' ', false, Json::error_handler_t::replace);
}

std::string iso_time(int64_t micros_since_epoch) {
    const int64_t millis = micros_since_epoch / 1000 - (micros_since_epoch % 1000 < 0 ? 1 : 0);
    const int64_t seconds = millis / 1000 - (millis % 1000 < 0 ? 1 : 0);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(seconds)),
                       millis - seconds * 1000);
}

}  // namespace pintail::cli
