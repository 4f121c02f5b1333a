#include "cli/topic_lag.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/text_table.hpp"
#include "cli/text_width.hpp"

namespace pintail::cli {
namespace {

using Json = nlohmann::ordered_json;

// What was deleted by retention before it was read cannot be caught up with: it is a note, not lag.
std::string note_of(const PartitionLag& at) {
    if (!at.stored) return "not read yet";
    if (*at.stored < at.range.low) return fmt::format("{} records were deleted unread", grouped(at.range.low - *at.stored));
    if (*at.stored > at.range.high) return "the target is ahead: was the topic made anew?";
    return "";
}

Json partition_json(const PartitionLag& at) {
    return {{"partition", at.id.partition},
            {"low", at.range.low},
            {"end", at.range.high},
            {"stored", at.stored ? Json(*at.stored) : Json()},
            {"lag", at.lag}};
}

}  // namespace

StoredOffsets stored_offsets_of(std::string_view status_json) {
    const auto report = nlohmann::json::parse(status_json);
    const auto& position = report.at("position");
    StoredOffsets stored;
    if (position.is_null() || position.at("kind") != "kafka") return stored;
    for (const auto& at : position.at("partitions")) stored[{at.at("topic"), at.at("partition")}] = at.at("next_offset");
    return stored;
}

PartitionLag lag_of(const kafka::PartitionId& id, const kafka::OffsetRange& range, const StoredOffsets& stored) {
    const auto found = stored.find(id);
    if (found == stored.end()) return {id, range, std::nullopt, range.high - range.low};
    return {id, range, found->second, std::max<int64_t>(0, range.high - std::max(found->second, range.low))};
}

std::string topics_text(const std::vector<PartitionLag>& lags) {
    TextTable table({{"TOPIC"}, {"PARTITION", Align::right}, {"END", Align::right}, {"STORED", Align::right}, {"LAG", Align::right}, {""}});
    int64_t total = 0;
    for (const PartitionLag& at : lags) {
        table.add({at.id.topic, std::to_string(at.id.partition), grouped(at.range.high), at.stored ? grouped(*at.stored) : "-",
                   grouped(at.lag), note_of(at)});
        total += at.lag;
    }
    return table.text() + fmt::format("lag in all: {}\n", grouped(total));
}

std::string topics_json(const std::string& brokers, const std::vector<PartitionLag>& lags) {
    Json topics = Json::array();
    int64_t total = 0;
    for (const PartitionLag& at : lags) {
        if (topics.empty() || topics.back()["topic"] != at.id.topic)
            topics.push_back({{"topic", at.id.topic}, {"lag", int64_t{0}}, {"partitions", Json::array()}});
        Json& topic = topics.back();
        topic["partitions"].push_back(partition_json(at));
        topic["lag"] = topic["lag"].get<int64_t>() + at.lag;
        total += at.lag;
    }
    return Json{{"brokers", brokers}, {"lag", total}, {"topics", std::move(topics)}}.dump(2);
}

}  // namespace pintail::cli
