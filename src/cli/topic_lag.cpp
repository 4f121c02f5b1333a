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
    if (!at.lag) return "";
    if (!at.stored) return "not read yet";
    if (*at.stored < at.range.low)
        return fmt::format("{} records were deleted unread", grouped(at.range.low - *at.stored));
    if (*at.stored > at.range.high) return "the target is ahead: was the topic made anew?";
    return "";
}

Json json_of(const std::optional<int64_t>& number) {
    return number ? Json(*number) : Json();
}

std::string text_of(const std::optional<int64_t>& number) {
    return number ? grouped(*number) : "-";
}

// Without a target it is known of none.
std::optional<int64_t> sum(const std::optional<int64_t>& one, const std::optional<int64_t>& other) {
    return one && other ? std::optional(*one + *other) : std::nullopt;
}

Json partition_json(const PartitionLag& at) {
    return {{"partition", at.id.partition},
            {"low", at.range.low},
            {"end", at.range.high},
            {"stored", json_of(at.stored)},
            {"lag", json_of(at.lag)}};
}

}  // namespace

StoredOffsets stored_offsets_of(std::string_view status_json) {
    const auto report = nlohmann::json::parse(status_json);
    const auto& position = report.at("position");
    StoredOffsets stored;
    if (position.is_null() || position.at("kind") != "kafka") return stored;
    for (const auto& at : position.at("partitions"))
        stored[{at.at("topic"), at.at("partition")}] = at.at("next_offset");
    return stored;
}

PartitionLag lag_of(const kafka::PartitionId& id, const kafka::OffsetRange& range,
                    const std::optional<StoredOffsets>& stored) {
    if (!stored) return {id, range, std::nullopt, std::nullopt};
    const auto found = stored->find(id);
    if (found == stored->end()) return {id, range, std::nullopt, range.high - range.low};
    return {id, range, found->second, std::max<int64_t>(0, range.high - std::max(found->second, range.low))};
}

std::string topics_text(const std::vector<PartitionLag>& lags) {
    TextTable table({{"TOPIC"},
                     {"PARTITION", Align::right},
                     {"END", Align::right},
                     {"STORED", Align::right},
                     {"LAG", Align::right},
                     {""}});
    std::optional<int64_t> total = 0;
    for (const PartitionLag& at : lags) {
        table.add({at.id.topic, std::to_string(at.id.partition), grouped(at.range.high), text_of(at.stored),
                   text_of(at.lag), note_of(at)});
        total = sum(total, at.lag);
    }
    if (!total) return table.text() + "lag not known: no target given (--target FILE)\n";
    return table.text() + fmt::format("lag in all: {}\n", grouped(*total));
}

std::string topics_json(const std::string& brokers, const std::vector<PartitionLag>& lags) {
    Json topics = Json::array();
    std::optional<int64_t> total = 0;
    for (const PartitionLag& at : lags) {
        if (topics.empty() || topics.back()["topic"] != at.id.topic)
            topics.push_back({{"topic", at.id.topic}, {"lag", int64_t{0}}, {"partitions", Json::array()}});
        Json& topic = topics.back();
        topic["partitions"].push_back(partition_json(at));
        topic["lag"] = at.lag ? Json(topic["lag"].get<int64_t>() + *at.lag) : Json();
        total = sum(total, at.lag);
    }
    return Json{{"brokers", brokers}, {"lag", json_of(total)}, {"topics", std::move(topics)}}.dump(2);
}

}  // namespace pintail::cli
