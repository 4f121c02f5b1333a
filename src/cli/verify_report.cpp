#include "cli/verify_report.hpp"

#include <fmt/format.h>

#include "core/counted.hpp"

namespace pintail::cli {
namespace {

using nlohmann::json;

// Of each table; the counts count them all.
constexpr size_t kRowsTold = 100;

const char* name_of(verify::Difference difference) {
    switch (difference) {
        case verify::Difference::missing: return "missing";
        case verify::Difference::extra: return "extra";
        case verify::Difference::different: return "different";
    }
    return "";
}

json value_of(const std::optional<std::string>& value) {
    return value ? json(*value) : json();
}

json row_json(const TableReport& report, const verify::DifferingRow& row, bool values) {
    json entry{{"difference", name_of(row.difference)}};
    json key = json::object();
    for (size_t i = 0; i < row.key.size() && i < report.key.size(); ++i) key[report.key[i]] = row.key[i];
    if (!row.key.empty()) entry["key"] = key;
    else entry["times"] = row.times;
    json columns = json::array();
    for (const auto& cell : row.cells) {
        if (values)
            columns.push_back(
                {{"column", cell.column}, {"source", value_of(cell.source)}, {"target", value_of(cell.target)}});
        else columns.push_back({{"column", cell.column}});
    }
    if (!columns.empty()) entry["columns"] = columns;
    return entry;
}

std::string row_text(const json& row) {
    std::string text = row.at("difference");
    for (const auto& [column, value] : row.at("key").items())
        text += fmt::format(" {}={}", column, value.get<std::string>());
    for (const json& cell : row.value("columns", json::array())) {
        text += fmt::format("; {}", cell.at("column").get<std::string>());
        if (cell.contains("source"))
            text += fmt::format(": source {}, target {}", cell["source"].dump(), cell["target"].dump());
    }
    return text;
}

// Rows without a key cannot be named, only counted.
std::string rows_text(const json& event) {
    const json& rows = event.at("differences");
    if (!rows.empty() && !rows.front().contains("key")) return "  the table has no key by which rows could be named\n";
    std::string text;
    for (const json& row : rows) text += "  " + row_text(row) + "\n";
    const uint64_t all = rows.empty() ? 0
                                      : event.at("missing").get<uint64_t>() + event.at("extra").get<uint64_t>() +
                                            event.at("different").get<uint64_t>();
    if (all > rows.size()) text += fmt::format("  and {} more\n", all - rows.size());
    return text;
}

}  // namespace

json report_json(const TableReport& report, bool values) {
    json event{
        {"event", "table"}, {"table", report.table}, {"target", report.target_name}, {"seconds", report.seconds}};
    if (!report.comparison) {
        event["result"] = report.kept_only ? "not followed" : "not compared";
        event["why"] = report.why_not;
        return event;
    }
    const auto& found = *report.comparison;
    event["result"] = found.equal() ? "equal" : "different";
    event["rows"] = {{"source", found.source_rows}, {"target", found.target_rows}};
    event["missing"] = found.missing;
    event["extra"] = found.extra;
    event["different"] = found.different;
    event["chunks"] = {
        {"all", found.chunks}, {"differ", found.differing_chunks}, {"not_looked_at", found.chunks_not_looked_at}};
    event["left_out"] = json::array();
    for (const auto& column : report.left_out)
        event["left_out"].push_back({{"column", column.column}, {"why", column.why}});
    event["differences"] = json::array();
    for (size_t i = 0; i < found.rows.size() && i < kRowsTold; ++i)
        event["differences"].push_back(row_json(report, found.rows[i], values));
    return event;
}

std::string report_text(const json& event) {
    const std::string table = event.at("table");
    if (event.at("result") == "not followed")
        return fmt::format("{}: {}: kept in the target, not compared\n", table, event.at("why").get<std::string>());
    if (event.at("result") == "not compared")
        return fmt::format("{}: not compared: {}\n", table, event.at("why").get<std::string>());
    std::string text;
    if (event.at("result") == "equal") {
        text = fmt::format("{}: equal, {} ({:.1f} s)\n", table,
                           counted(event.at("rows").at("source").get<uint64_t>(), "row"),
                           event.at("seconds").get<double>());
    } else {
        const bool all = event.at("chunks").at("not_looked_at") == 0;
        text = fmt::format("{}: {}{} missing, {} extra, {} different; {} in the source, {} in the target ({:.1f} s)\n",
                           table, all ? "" : "at least ", event.at("missing").get<uint64_t>(),
                           event.at("extra").get<uint64_t>(), event.at("different").get<uint64_t>(),
                           counted(event.at("rows").at("source").get<uint64_t>(), "row"),
                           event.at("rows").at("target").get<uint64_t>(), event.at("seconds").get<double>());
    }
    for (const json& column : event.at("left_out")) {
        text += fmt::format("  column {} was left out: {}\n", column.at("column").get<std::string>(),
                            column.at("why").get<std::string>());
    }
    return text + rows_text(event);
}

}  // namespace pintail::cli
