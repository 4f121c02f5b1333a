#include "cli/status_text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/slot_watch.hpp"
#include "cli/text_table.hpp"
#include "cli/text_width.hpp"
#include "core/error.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;

std::string text_or_dash(const json& value) {
    return value.is_null() ? "-" : value.get<std::string>();
}

std::string count(const json& value) {
    return grouped(value.get<long long>());
}

std::string plural(const json& value, const char* noun, const char* ending = "s") {
    return fmt::format("{} {}{}", count(value), noun, value == 1 ? "" : ending);
}

std::string line(const char* label, const std::string& text) {
    return fmt::format("  {:<12}{}\n", label, printable(text));
}

std::string heading(const json& report) {
    const std::string target = printable(report.at("target").get<std::string>());
    if (!report.at("live")) return fmt::format("{}: no pintail is running; this is what the file holds\n", target);
    const json& pipeline = report.at("pipeline");
    return fmt::format("{}: {} (pid {}, up {})\n", target, pipeline.at("state").get<std::string>(),
                       report.at("pid").get<int>(), duration_text(pipeline.at("uptime_seconds")));
}

std::string slot_log_line(const json& log) {
    std::string text = fmt::format("{} kept by the server ({})", size_text(log.at("retained_bytes")),
                                   text_or_dash(log.at("wal_status")));
    if (const json& left = log.at("safe_wal_size"); !left.is_null())
        text += fmt::format(", {} left until the slot may be lost", size_text(left));
    if (const json& budget = log.at("budget_bytes"); !budget.is_null())
        text += fmt::format(", budget {}", size_text(budget));
    return text;
}

// Messages of all topics, or the log that the source has written since, in bytes and in time.
std::string lag_text(const json& pipeline) {
    const json& streams = pipeline.at("streams");
    if (streams.empty() || streams.front().at("unit") != "bytes") return count(pipeline.at("lag"));
    const std::string bytes = size_text(pipeline.at("lag"));
    const json& seconds = pipeline.at("lag_seconds");
    return seconds.is_null() ? bytes : fmt::format("{}, {:.1f} s", bytes, seconds.get<double>());
}

std::string pipeline_lines(const json& pipeline) {
    std::string text;
    if (!pipeline.at("waiting_for").is_null())
        text += line("waiting", fmt::format("since {} ({}): {}", pipeline.at("state_since").get<std::string>(),
                                            duration_text(pipeline.at("state_seconds").get<double>()),
                                            pipeline.at("waiting_for").get<std::string>()));
    for (const json& lock : pipeline.at("waits_for")) text += line("held up", lock.get<std::string>());
    text += line("lag", fmt::format("{}; {} changes/s now", lag_text(pipeline),
                                    grouped(std::llround(pipeline.at("changes_per_second").get<double>()))));
    text += line("changes",
                 fmt::format("{} in {}", count(pipeline.at("changes")), plural(pipeline.at("batches"), "batch", "es")));
    if (!pipeline.at("last_commit_at").is_null())
        text += line("last commit", fmt::format("{}, {} ms after its first change was received",
                                                pipeline.at("last_commit_at").get<std::string>(),
                                                count(pipeline.at("last_latency_ms"))));
    if (const json& log = pipeline.at("slot_log"); !log.is_null()) text += line("slot's log", slot_log_line(log));
    if (pipeline.at("restarts") != 0) text += line("reconnected", plural(pipeline.at("restarts"), "time"));
    if (pipeline.at("removes_without_row") != 0)
        text += line("not found",
                     plural(pipeline.at("removes_without_row"), "delete") + " whose row the target did not have");
    return text;
}

std::string position_line(const json& position) {
    if (position.is_null()) return line("position", "none stored yet");
    if (position.at("kind") == "kafka")
        return line("position",
                    fmt::format("Kafka offsets of {}", plural(position.at("partitions").size(), "partition")));
    return line("position",
                fmt::format("{} on slot {}, committed {}", position.at("commit_end").get<std::string>(),
                            position.at("slot").get<std::string>(), text_or_dash(position.at("commit_time"))));
}

std::string key_text(const json& key) {
    return key.empty() ? "-" : fmt::format("{}", fmt::join(key.get<std::vector<std::string>>(), ", "));
}

std::string copy_text(const json& row) {
    if (!row.at("quarantined").is_null()) return "quarantined";
    if (!row.at("not_followed").is_null()) return "not followed";
    if (!row.at("snapshot_open")) return "done";
    return row.at("shown") ? "under way" : "under way, not shown yet";
}

std::string tables_text(const json& tables) {
    if (tables.empty()) return "";
    TextTable table(
        {{"TABLE"}, {"ROWS", Align::right}, {"KEY"}, {"MODE"}, {"LAST LSN"}, {"LAST COMMIT AT SOURCE"}, {"COPY"}});
    for (const json& row : tables)
        table.add({row.at("target_table"), count(row.at("rows")), key_text(row.at("key")),
                   row.at("mode").get<std::string>(), text_or_dash(row.at("last_lsn")),
                   text_or_dash(row.at("last_commit_time")), copy_text(row)});
    return "\n" + table.text();
}

std::string left_tables_text(const json& tables) {
    TextTable table({{"NOT FOLLOWED"}, {"WHY"}});
    bool any = false;
    for (const json& row : tables) {
        for (const char* why : {"quarantined", "not_followed"}) {
            if (row.at(why).is_null()) continue;
            table.add({row.at("source_table"), row.at(why)});
            any = true;
        }
    }
    return any ? "\n" + table.text() : "";
}

// Where case alone tells names apart at the source.
std::string other_names_text(const json& tables) {
    TextTable table({{"OTHER NAME IN THE TARGET"}, {"AT THE SOURCE"}});
    bool any = false;
    const auto add = [&](const std::string& target, const std::string& source) {
        table.add({target, source});
        any = true;
    };
    for (const json& row : tables) {
        const std::string target = row.at("target_table"), source = row.at("source_table");
        if (target != source) add(target, source);
        for (const json& one : row.at("renamed"))
            add(target + "." + one.at("target").get<std::string>(), source + "." + one.at("column").get<std::string>());
    }
    return any ? "\n" + table.text() : "";
}

std::string inferred_text(const json& tables) {
    TextTable table({{"TYPES INFERRED"}, {"COLUMNS"}});
    bool any = false;
    for (const json& row : tables) {
        std::vector<std::string> columns;
        for (const json& column : row.at("inferred"))
            columns.push_back(column.at("column").get<std::string>() + " " + column.at("type").get<std::string>());
        if (!columns.empty()) table.add({row.at("target_table"), fmt::format("{}", fmt::join(columns, ", "))});
        any |= !columns.empty();
    }
    return any ? "\n" + table.text() : "";
}

// A live pipeline knows where its streams end; a file knows only how far it came.
std::string streams_text(const json& report) {
    if (report.at("live")) {
        if (report.at("pipeline").at("streams").empty()) return "";
        if (!report.at("position").is_null() && report.at("position").at("kind") == "postgres")
            return "";  // the lines above say it
        TextTable table({{"STREAM"}, {"READ", Align::right}, {"END", Align::right}, {"LAG", Align::right}});
        for (const json& stream : report.at("pipeline").at("streams"))
            table.add({stream.at("name"), count(stream.at("read")), count(stream.at("end")), count(stream.at("lag"))});
        return "\n" + table.text();
    }
    const json& position = report.at("position");
    if (position.is_null() || position.at("kind") != "kafka") return "";
    TextTable table({{"TOPIC"}, {"PARTITION", Align::right}, {"NEXT OFFSET", Align::right}});
    for (const json& at : position.at("partitions"))
        table.add({at.at("topic"), count(at.at("partition")), count(at.at("next_offset"))});
    return "\n" + table.text();
}

// Of what a target of Debezium's messages cannot have.
std::string losses_text(const json& tables) {
    TextTable table({{"LOST BY DEBEZIUM"}, {"WHAT, AND WHAT MENDS IT"}});
    bool any = false;
    for (const json& row : tables) {
        for (const json& one : row.at("losses")) {
            table.add({row.at("source_table").get<std::string>() + "." + one.at("column").get<std::string>(),
                       one.at("loss")});
            any = true;
        }
    }
    return any ? "\n" + table.text() : "";
}

std::string quarantine_text(const json& quarantine) {
    if (quarantine.at("messages") == 0) return "";
    TextTable table({{"QUARANTINE"}, {"TABLE"}, {"MESSAGES", Align::right}});
    for (const json& group : quarantine.at("by_table"))
        table.add({text_or_dash(group.at("topic")), text_or_dash(group.at("table")), count(group.at("messages"))});
    return "\n" + table.text();
}

std::string quarantine_line(const json& quarantine) {
    std::string text = plural(quarantine.at("messages"), "message");
    if (quarantine.at("blocked_keys") != 0)
        text += fmt::format("; later changes of {} wait behind them", plural(quarantine.at("blocked_keys"), "key"));
    return line("quarantine", quarantine.at("messages") == 0 ? text : text + " (pintail quarantine list)");
}

std::string whole_text(const json& report) {
    std::string text = heading(report);
    if (report.at("live")) text += pipeline_lines(report.at("pipeline"));
    if (const json& problem = report.at("target_problem"); !problem.is_null()) return text + line("problem", problem);
    text += position_line(report.at("position"));
    text += quarantine_line(report.at("quarantine"));
    return text + tables_text(report.at("tables")) + left_tables_text(report.at("tables")) +
           other_names_text(report.at("tables")) + inferred_text(report.at("tables")) +
           losses_text(report.at("tables")) + streams_text(report) + quarantine_text(report.at("quarantine"));
}

}  // namespace

std::string status_text(std::string_view status_json) {
    try {
        return whole_text(json::parse(status_json));
    } catch (const json::exception& error) {
        throw Error(ErrorKind::internal,
                    fmt::format("the status is not as this pintail knows it ({}); see it with --json", error.what()));
    }
}

}  // namespace pintail::cli
