// How far a target has come in the topics: the broker's offsets beside the stored ones. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/consumer.hpp"

namespace pintail::cli {

using StoredOffsets = std::map<kafka::PartitionId, int64_t>;  // the first offset that the target does not hold

// From the JSON of status_report.hpp; empty when the target holds no Kafka position.
StoredOffsets stored_offsets_of(std::string_view status_json);

struct PartitionLag {
    kafka::PartitionId id;
    kafka::OffsetRange range;
    std::optional<int64_t> stored;  // nullopt: the target has read nothing of it
    std::optional<int64_t>
        lag;  // records that the broker has and the target has not; nullopt: no target to compare with
};

// `stored` nullopt: there is no target to compare with.
PartitionLag lag_of(const kafka::PartitionId& id, const kafka::OffsetRange& range,
                    const std::optional<StoredOffsets>& stored);

// `lags` ascending by topic and partition.
std::string topics_text(const std::vector<PartitionLag>& lags);
std::string topics_json(const std::string& brokers, const std::vector<PartitionLag>& lags);

}  // namespace pintail::cli
