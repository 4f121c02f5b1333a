// The floor of the sink: reads a topic from its beginning to its end with librdkafka's batch API and counts.
//
//     bare_drain BROKERS TOPIC      prints one line of JSON
//
// Settings are those of src/kafka/consumer.cpp, so that only the work on the records makes the difference.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::pair<const char*, const char*> kSettings[] = {
    {"group.id", "bare-drain"},
    {"client.id", "bare-drain"},
    {"enable.auto.commit", "false"},
    {"enable.auto.offset.store", "false"},
    {"isolation.level", "read_committed"},
    {"enable.partition.eof", "true"},
    {"auto.offset.reset", "error"},
    {"queued.max.messages.kbytes", "24576"},
    {"queued.min.messages", "1000000"},
    {"fetch.message.max.bytes", "2097152"},
    {"fetch.queue.backoff.ms", "2"},
    {"fetch.wait.max.ms", "500"},
    {"fetch.error.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "2000"},
    {"socket.nagle.disable", "true"},
};
constexpr size_t kBatch = 10'000;
constexpr int kPatienceMs = 1000;

struct Counts {
    int64_t messages = 0;
    int64_t tombstones = 0;
    int64_t bytes = 0;
    Clock::time_point first;
    Clock::time_point last;
};

[[noreturn]] void fail(const std::string& what) {
    fmt::print(stderr, "bare_drain: {}\n", what);
    std::exit(1);
}

void set(rd_kafka_conf_t* conf, const char* key, const char* value) {
    char problem[512];
    if (rd_kafka_conf_set(conf, key, value, problem, sizeof problem) != RD_KAFKA_CONF_OK) fail(problem);
}

rd_kafka_t* make_consumer(const char* brokers) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    for (const auto& [key, value] : kSettings) set(conf, key, value);
    char problem[512];
    rd_kafka_t* consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf, problem, sizeof problem);
    if (!consumer) fail(problem);
    rd_kafka_poll_set_consumer(consumer);
    return consumer;
}

void read_from_beginning(rd_kafka_t* consumer, const char* topic) {
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
    const auto code = rd_kafka_assign(consumer, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_err2str(code));
}

// false: the end of the partition.
bool count(const rd_kafka_message_t& message, Counts& counts) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return false;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) fail(rd_kafka_message_errstr(&message));
    if (counts.messages++ == 0) counts.first = Clock::now();
    if (!message.payload) ++counts.tombstones;
    counts.bytes += static_cast<int64_t>(message.key_len + message.len);
    return true;
}

Counts drain(rd_kafka_t* consumer) {
    Counts counts;
    std::vector<rd_kafka_message_t*> batch(kBatch);
    rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
    for (bool more = true; more;) {
        const ssize_t got = rd_kafka_consume_batch_queue(queue, kPatienceMs, batch.data(), batch.size());
        for (ssize_t i = 0; i < got; ++i) {
            more = count(*batch[i], counts) && more;
            rd_kafka_message_destroy(batch[i]);
        }
    }
    counts.last = Clock::now();
    rd_kafka_queue_destroy(queue);
    return counts;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) fail("usage: bare_drain BROKERS TOPIC");
    rd_kafka_t* consumer = make_consumer(argv[1]);
    read_from_beginning(consumer, argv[2]);
    const Counts counts = drain(consumer);
    const double seconds = std::chrono::duration<double>(counts.last - counts.first).count();
    fmt::print("{{\"events\": {}, \"tombstones\": {}, \"bytes\": {}, \"stream_seconds\": {:.4f}}}\n", counts.messages,
               counts.tombstones, counts.bytes, seconds);
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
}
