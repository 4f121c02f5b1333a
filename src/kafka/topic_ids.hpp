// The ids by which a broker tells a topic from an earlier one of the same name (KIP-516, brokers since Kafka 2.8).
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

struct rd_kafka_s;

namespace pintail::kafka {

// As `kafka-topics.sh --describe` prints it; empty: the broker is too old to have one, or does not tell.
using TopicId = std::string;

// Of those topics that there are. Throws a transient Error(source) when no broker answers in time.
std::map<std::string, TopicId> ask_topic_ids(rd_kafka_s* client, const std::vector<std::string>& topics,
                                             std::chrono::milliseconds timeout);

}  // namespace pintail::kafka
