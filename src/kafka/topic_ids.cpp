#include "kafka/topic_ids.hpp"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <cstdint>
#include <memory>

#include "core/error.hpp"
#include "log/log.hpp"

// The headers are older than the library (scripts/deps/librdkafka.txt): what came with 2.3 is declared here, as its
// documentation has it.
#if RD_KAFKA_VERSION < 0x020300ff
extern "C" {
typedef struct rd_kafka_TopicCollection_s rd_kafka_TopicCollection_t;
typedef struct rd_kafka_TopicDescription_s rd_kafka_TopicDescription_t;
typedef struct rd_kafka_Uuid_s rd_kafka_Uuid_t;
typedef rd_kafka_event_t rd_kafka_DescribeTopics_result_t;
rd_kafka_TopicCollection_t* rd_kafka_TopicCollection_of_topic_names(const char** topics, size_t count);
void rd_kafka_TopicCollection_destroy(rd_kafka_TopicCollection_t* topics);
void rd_kafka_DescribeTopics(rd_kafka_t* client, const rd_kafka_TopicCollection_t* topics,
                             const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* answers);
const rd_kafka_DescribeTopics_result_t* rd_kafka_event_DescribeTopics_result(rd_kafka_event_t* event);
const rd_kafka_TopicDescription_t** rd_kafka_DescribeTopics_result_topics(
    const rd_kafka_DescribeTopics_result_t* result, size_t* count);
const char* rd_kafka_TopicDescription_name(const rd_kafka_TopicDescription_t* topic);
const rd_kafka_error_t* rd_kafka_TopicDescription_error(const rd_kafka_TopicDescription_t* topic);
const rd_kafka_Uuid_t* rd_kafka_TopicDescription_topic_id(const rd_kafka_TopicDescription_t* topic);
int64_t rd_kafka_Uuid_most_significant_bits(const rd_kafka_Uuid_t* uuid);
int64_t rd_kafka_Uuid_least_significant_bits(const rd_kafka_Uuid_t* uuid);
}
#endif

namespace pintail::kafka {
namespace {

struct Delete {
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_TopicCollection_t* topics) const { rd_kafka_TopicCollection_destroy(topics); }
};
template <typename Handle>
using Owned = std::unique_ptr<Handle, Delete>;

// Base64 with the URL's alphabet and without padding. librdkafka's own text has had other alphabets, and what is
// stored must compare equal for ever.
TopicId text_of(uint64_t high, uint64_t low) {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    constexpr int kBits = 128;
    constexpr int kDigitBits = 6;
    const auto bit = [&](int at) { return at >= kBits ? 0 : (at < 64 ? high >> (63 - at) : low >> (127 - at)) & 1; };
    TopicId text;
    for (int first = 0; first < kBits; first += kDigitBits) {
        size_t digit = 0;
        for (int at = first; at < first + kDigitBits; ++at) digit = digit << 1 | bit(at);
        text += kDigits[digit];
    }
    return text;
}

TopicId id_of(const rd_kafka_TopicDescription_t* topic) {
    const rd_kafka_Uuid_t* uuid = rd_kafka_TopicDescription_topic_id(topic);
    if (uuid == nullptr) return {};
    const auto high = static_cast<uint64_t>(rd_kafka_Uuid_most_significant_bits(uuid));
    const auto low = static_cast<uint64_t>(rd_kafka_Uuid_least_significant_bits(uuid));
    return high == 0 && low == 0 ? TopicId() : text_of(high, low);
}

bool is_no_such_topic(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

std::map<std::string, TopicId> ids_in(const rd_kafka_DescribeTopics_result_t* result) {
    std::map<std::string, TopicId> ids;
    size_t count = 0;
    const rd_kafka_TopicDescription_t** topics = rd_kafka_DescribeTopics_result_topics(result, &count);
    for (size_t i = 0; i < count; ++i) {
        const char* name = rd_kafka_TopicDescription_name(topics[i]);
        const auto code = rd_kafka_error_code(rd_kafka_TopicDescription_error(topics[i]));
        if (is_no_such_topic(code)) continue;
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) log::debug("Kafka: id of {}: {}", name, rd_kafka_err2str(code));
        ids[name] = code == RD_KAFKA_RESP_ERR_NO_ERROR ? id_of(topics[i]) : TopicId();
    }
    return ids;
}

std::map<std::string, TopicId> none_of(const std::vector<std::string>& topics) {
    std::map<std::string, TopicId> ids;
    for (const std::string& topic : topics) ids[topic];
    return ids;
}

bool is_too_old(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE || code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION;
}

}  // namespace

std::map<std::string, TopicId> ask_topic_ids(rd_kafka_s* client, const std::vector<std::string>& topics,
                                             std::chrono::milliseconds timeout) {
    if (topics.empty()) return {};
    std::vector<const char*> names;
    for (const std::string& topic : topics) names.push_back(topic.c_str());
    const Owned<rd_kafka_queue_t> answers(rd_kafka_queue_new(client));
    const Owned<rd_kafka_TopicCollection_t> asked(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
    rd_kafka_DescribeTopics(client, asked.get(), nullptr, answers.get());
    const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(answers.get(), static_cast<int>(timeout.count())));
    const auto code = event ? rd_kafka_event_error(event.get()) : RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (is_too_old(code)) return none_of(topics);
    const auto* result = event ? rd_kafka_event_DescribeTopics_result(event.get()) : nullptr;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR || result == nullptr) {
        throw Error(ErrorKind::source, fmt::format("Kafka: ids of topics: {}", rd_kafka_err2str(code)), true);
    }
    return ids_in(result);
}

}  // namespace pintail::kafka
